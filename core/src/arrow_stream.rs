//! Arrow IPC streams as they arrive: a schema, record batches and a mark at the end.
//!
//! The library's own `StreamReader` also joins dictionaries, which no stream of an engine has: 0.7 MB of code.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::{MessageHeader, root_as_message};
use arrow_schema::SchemaRef;
use bytes::{Bytes, BytesMut};

use crate::error::{Error, ErrorKind, Result};

/// The end of a stream: a message without content.
pub(crate) const END: [u8; PREFIX] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/// Bytes before a message: a mark, and the length of its description.
const PREFIX: usize = 8;

/// Splits the bytes of a stream into messages.
#[derive(Default)]
pub(crate) struct Messages {
    rest: Bytes,
    ended: bool,
}

/// One message of a stream.
pub(crate) struct Message {
    /// The message with its prefix, as it arrived.
    pub bytes: Bytes,
    pub kind: MessageKind,
    body: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Schema,
    Batch,
}

impl Messages {
    /// Adds bytes, which may end anywhere.
    pub fn push(&mut self, bytes: Bytes) {
        if self.rest.is_empty() {
            self.rest = bytes;
        } else {
            let mut joined = BytesMut::from(std::mem::take(&mut self.rest));
            joined.extend_from_slice(&bytes);
            self.rest = joined.freeze();
        }
    }

    /// Returns the next message, or `None` if it has not arrived as a whole or the stream has ended.
    ///
    /// # Errors
    /// `decode` if the bytes are no messages, or a message is neither a schema nor a record batch.
    pub fn next(&mut self) -> Result<Option<Message>> {
        let Some(prefix) = self.rest.get(..PREFIX).filter(|_| !self.ended) else {
            return if self.ended && !self.rest.is_empty() {
                Err(wrong("it continues after its end"))
            } else {
                Ok(None)
            };
        };
        if prefix == END {
            (self.ended, self.rest) = (true, self.rest.slice(PREFIX..));
            return self.next();
        }
        let (mark, length) = prefix.split_at(4);
        let length = <[u8; 4]>::try_from(length).map(u32::from_le_bytes).map_err(wrong)?;
        let body = usize::try_from(length).ok().and_then(|length| length.checked_add(PREFIX));
        let body = body.filter(|_| mark == [0xff; 4]).ok_or_else(|| wrong("it has no messages"))?;
        let Some(description) = self.rest.get(PREFIX..body) else { return Ok(None) };
        let message = root_as_message(description).map_err(wrong)?;
        let kind = match message.header_type() {
            MessageHeader::Schema => MessageKind::Schema,
            MessageHeader::RecordBatch => MessageKind::Batch,
            other => return Err(wrong(format!("it has a message of the type {other:?}"))),
        };
        let end = usize::try_from(message.bodyLength()).ok().and_then(|length| length.checked_add(body));
        let end = end.ok_or_else(|| wrong("the length of a message is wrong"))?;
        Ok((self.rest.len() >= end).then(|| Message { bytes: self.rest.split_to(end), kind, body }))
    }

    /// Checks that the stream is complete.
    ///
    /// # Errors
    /// `decode` if its end is missing.
    pub fn finish(&self) -> Result<()> {
        if self.ended { Ok(()) } else { Err(wrong("its end is missing")) }
    }
}

/// Reads the record batches of a stream.
#[derive(Default)]
pub struct ArrowBatches {
    messages: Messages,
    schema: Option<SchemaRef>,
}

impl ArrowBatches {
    /// Adds bytes, which may end anywhere.
    pub fn push(&mut self, bytes: Bytes) {
        self.messages.push(bytes);
    }

    /// Returns the columns; `None` until they have been read by [`advance`](Self::advance).
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.schema.as_ref()
    }

    /// Returns the next record batch, or `None` if it has not arrived as a whole.
    ///
    /// # Errors
    /// `decode` if the bytes are no Arrow IPC stream.
    pub fn advance(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(message) = self.messages.next()? {
            let described = root_as_message(&message.bytes[PREFIX..message.body]).map_err(wrong)?;
            match (described.header_as_schema(), described.header_as_record_batch(), &self.schema) {
                (Some(schema), ..) if self.schema.is_none() => {
                    self.schema = Some(Arc::new(try_fb_to_schema(schema).map_err(wrong)?));
                }
                (_, Some(batch), Some(schema)) => {
                    let body = Buffer::from(message.bytes.slice(message.body..));
                    let (schema, version) = (Arc::clone(schema), described.version());
                    // The library panics where buffers are not where the description says.
                    let read = || read_record_batch(&body, batch, schema, &HashMap::new(), None, &version);
                    let read = catch_unwind(AssertUnwindSafe(read)).map_err(|_| wrong("a record batch is damaged"))?;
                    return read.map(Some).map_err(wrong);
                }
                _ => return Err(wrong("its columns are not at its start")),
            }
        }
        Ok(None)
    }

    /// Checks that the stream is complete.
    ///
    /// # Errors
    /// `decode` if its end is missing.
    pub fn finish(&self) -> Result<()> {
        self.messages.finish()
    }
}

fn wrong(why: impl ToString) -> Error {
    Error::new(ErrorKind::Decode, format!("the records are not an Arrow stream: {}", why.to_string()))
}

#[cfg(test)]
mod tests {
    use arrow_array::{Int64Array, StringArray};
    use arrow_ipc::writer::StreamWriter;
    use proptest::prelude::*;

    use super::*;

    fn batch(rows: i64) -> RecordBatch {
        let numbers = Int64Array::from_iter((0..rows).map(|row| (row % 3 > 0).then_some(row)));
        let texts = StringArray::from_iter((0..rows).map(|row| (row % 5 > 0).then(|| "ä".repeat(row as usize % 40))));
        let columns = [("n", Arc::new(numbers) as _, true), ("t", Arc::new(texts) as _, true)];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn stream(batches: &[RecordBatch]) -> Vec<u8> {
        let mut out = StreamWriter::try_new(Vec::new(), batches[0].schema_ref()).unwrap();
        batches.iter().for_each(|batch| out.write(batch).unwrap());
        out.into_inner().unwrap()
    }

    fn read(parts: impl Iterator<Item = Vec<u8>>) -> Result<Vec<RecordBatch>> {
        let (mut batches, mut read) = (ArrowBatches::default(), Vec::new());
        for part in parts {
            batches.push(part.into());
            while let Some(batch) = batches.advance()? {
                read.push(batch);
            }
        }
        batches.finish().map(|()| read)
    }

    proptest! {
        #[test]
        fn streams_are_read_in_any_parts(rows in prop::collection::vec(0_i64..60, 1..4), size in 1_usize..4000) {
            let batches: Vec<RecordBatch> = rows.into_iter().map(batch).collect();
            let bytes = stream(&batches);
            prop_assert_eq!(&read(bytes.chunks(size).map(<[u8]>::to_vec)).unwrap(), &batches);
            let cut = bytes.len() - size.min(bytes.len());
            prop_assert!(read(std::iter::once(bytes[..cut].to_vec())).is_err());
        }

        #[test]
        fn damaged_streams_are_errors_or_batches(at in 0_usize..2000, byte: u8) {
            let mut bytes = stream(&[batch(20), batch(5)]);
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Err(error) = read(std::iter::once(bytes)) {
                prop_assert_eq!(error.kind(), ErrorKind::Decode);
            }
        }
    }

    #[test]
    fn bytes_after_the_end_and_batches_without_columns_are_refused() {
        let bytes = stream(&[batch(3)]);
        assert!(read([bytes.clone(), b"x".to_vec()].into_iter()).is_err());
        let mut messages = Messages::default();
        messages.push(bytes.clone().into());
        let columns = messages.next().unwrap().unwrap();
        assert_eq!(columns.kind, MessageKind::Schema);
        assert!(read(std::iter::once(bytes[columns.bytes.len()..].to_vec())).is_err());
        assert!(read(std::iter::once(b"<html>not found</html>".to_vec())).is_err());
    }
}
