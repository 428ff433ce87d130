//! The leaves of a column: the values below its structs and lists, with the levels at which they are present or repeated.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, ListArray, StructArray};
use arrow_schema::{DataType, Field, TimeUnit as ArrowUnit};
use bytes::Bytes;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type as Int64};
use parquet::file::writer::{SerializedColumnWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

/// Returns the type of a column. Every value may be absent.
pub(super) fn column_type(field: &Field) -> io::Result<TypePtr> {
    let name = field.name();
    let primitive = |physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    let group = |fields| Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL).with_fields(fields);
    let timestamp = || LogicalType::timestamp(true, TimeUnit::MILLIS);
    let built = match field.data_type() {
        DataType::Int64 => primitive(Physical::INT64).build(),
        DataType::Float64 => primitive(Physical::DOUBLE).build(),
        DataType::Boolean => primitive(Physical::BOOLEAN).build(),
        DataType::Timestamp(ArrowUnit::Millisecond, _) => {
            primitive(Physical::INT64).with_logical_type(Some(timestamp())).build()
        }
        DataType::Utf8 => primitive(Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build(),
        DataType::Struct(members) => {
            group(members.iter().map(|member| column_type(member)).collect::<io::Result<_>>()?).build()
        }
        DataType::List(item) => {
            let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let list = list
                .with_fields(vec![column_type(&item.as_ref().clone().with_name("element"))?])
                .build()
                .map_err(io::Error::other)?;
            group(vec![Arc::new(list)]).with_logical_type(Some(LogicalType::List)).build()
        }
        other => return Err(unsupported(other)),
    };
    built.map(Arc::new).map_err(io::Error::other)
}

/// Values of a leaf that are present, and for each value or absence its levels.
pub(super) struct Leaf<'a> {
    array: &'a dyn Array,
    /// Places in `array` of the values that are present.
    places: Vec<usize>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

/// A part of a column as the walk through its rows sees it.
enum Node<'a> {
    /// Index of its leaf.
    Leaf(usize, &'a dyn Array),
    Struct(&'a StructArray, Vec<Node<'a>>),
    List(&'a ListArray, Box<Node<'a>>),
}

/// The levels above a value.
#[derive(Clone, Copy)]
struct Levels {
    /// Number of parents that are present.
    definition: i16,
    /// Number of the list that is continued.
    repetition: i16,
    /// Number of lists around the value.
    lists: i16,
}

/// Returns the leaves of a column in the order of the schema.
pub(super) fn leaves(column: &ArrayRef) -> io::Result<Vec<Leaf<'_>>> {
    let mut leaves = Vec::new();
    let node = Node::new(column.as_ref(), &mut leaves)?;
    for row in 0..column.len() {
        node.walk(Some(row), Levels { definition: 0, repetition: 0, lists: 0 }, &mut leaves);
    }
    Ok(leaves)
}

impl<'a> Node<'a> {
    fn new(array: &'a dyn Array, leaves: &mut Vec<Leaf<'a>>) -> io::Result<Self> {
        Ok(match array.data_type() {
            DataType::Struct(_) => {
                let array = array.as_struct();
                let members = array.columns().iter().map(|member| Self::new(member.as_ref(), leaves));
                Self::Struct(array, members.collect::<io::Result<_>>()?)
            }
            DataType::List(_) => {
                let array = array.as_list::<i32>();
                Self::List(array, Box::new(Self::new(array.values().as_ref(), leaves)?))
            }
            _ => {
                let count = array.len();
                let (definitions, repetitions) = (Vec::with_capacity(count), Vec::new());
                leaves.push(Leaf { array, places: Vec::with_capacity(count), definitions, repetitions });
                Self::Leaf(leaves.len() - 1, array)
            }
        })
    }

    /// Adds the value at a place, or its absence below parents.
    fn walk(&self, place: Option<usize>, levels: Levels, leaves: &mut [Leaf<'_>]) {
        let deeper = Levels { definition: levels.definition + 1, ..levels };
        match self {
            Self::Leaf(leaf, array) => {
                let leaf = &mut leaves[*leaf];
                let present = place.filter(|place| array.is_valid(*place));
                leaf.definitions.push(levels.definition + i16::from(present.is_some()));
                leaf.places.extend(present);
                if levels.lists > 0 {
                    leaf.repetitions.push(levels.repetition);
                }
            }
            Self::Struct(array, members) => {
                let present = place.filter(|place| array.is_valid(*place));
                let levels = if present.is_some() { deeper } else { levels };
                members.iter().for_each(|member| member.walk(present, levels, leaves));
            }
            Self::List(array, element) => {
                let lists = levels.lists + 1;
                let Some(place) = place.filter(|place| array.is_valid(*place)) else {
                    return element.walk(None, Levels { lists, ..levels }, leaves);
                };
                let range = array.value_offsets()[place] as usize..array.value_offsets()[place + 1] as usize;
                if range.is_empty() {
                    return element.walk(None, Levels { lists, ..deeper }, leaves);
                }
                for item in range.clone() {
                    let repetition = if item == range.start { levels.repetition } else { lists };
                    element.walk(Some(item), Levels { definition: levels.definition + 2, repetition, lists }, leaves);
                }
            }
        }
    }
}

/// Writes the leaves of a column, whose rows come in several parts.
pub(super) fn write<W: Write + Send>(
    parts: &[Vec<Leaf<'_>>],
    out: &mut SerializedRowGroupWriter<'_, W>,
) -> io::Result<()> {
    for leaf in 0..parts.first().map_or(0, Vec::len) {
        let mut column =
            out.next_column().map_err(io::Error::other)?.ok_or_else(|| io::Error::other("a column is missing"))?;
        for part in parts {
            part[leaf].write(&mut column)?;
        }
        column.close().map_err(io::Error::other)?;
    }
    Ok(())
}

impl Leaf<'_> {
    fn write(&self, out: &mut SerializedColumnWriter<'_>) -> io::Result<()> {
        let definitions = Some(&self.definitions[..]);
        let repetitions = Some(&self.repetitions[..]).filter(|levels| !levels.is_empty());
        let written = match self.array.data_type() {
            DataType::Int64 => out.typed::<Int64>().write_batch(&self.numbers::<Int64Type>(), definitions, repetitions),
            DataType::Timestamp(..) => {
                out.typed::<Int64>().write_batch(&self.numbers::<TimestampMillisecondType>(), definitions, repetitions)
            }
            DataType::Float64 => {
                out.typed::<DoubleType>().write_batch(&self.numbers::<Float64Type>(), definitions, repetitions)
            }
            DataType::Boolean => {
                let array = self.array.as_boolean();
                let values: Vec<bool> = self.places.iter().map(|place| array.value(*place)).collect();
                out.typed::<BoolType>().write_batch(&values, definitions, repetitions)
            }
            DataType::Utf8 => out.typed::<ByteArrayType>().write_batch(&self.texts(), definitions, repetitions),
            other => return Err(unsupported(other)),
        };
        written.map(drop).map_err(io::Error::other)
    }

    fn numbers<T: ArrowPrimitiveType>(&self) -> Vec<T::Native> {
        let array = self.array.as_primitive::<T>();
        self.places.iter().map(|place| array.value(*place)).collect()
    }

    /// Returns the texts, which share the memory of the array.
    fn texts(&self) -> Vec<ByteArray> {
        let array = self.array.as_string::<i32>();
        let (all, offsets) = (Bytes::from_owner(array.values().clone()), array.value_offsets());
        let text = |place: &usize| all.slice(offsets[*place] as usize..offsets[place + 1] as usize).into();
        self.places.iter().map(text).collect()
    }
}

fn unsupported(kind: &DataType) -> io::Error {
    io::Error::other(format!("columns of the type {kind} are not written"))
}
