//! The connection of an instance to the vendor.

use futures::future::BoxFuture;

use super::derive;
use super::read_plan::Own;
use super::vendor::Vendor;
use crate::element::{Connector, Page, PageRequest};
use crate::record::{Batch, Value};
use crate::vendor::{Context, VendorError, VendorErrorKind};

impl Connector for Vendor {
    fn verify<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        Box::pin(self.verify(context))
    }

    fn page<'a>(&'a self, context: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>> {
        Box::pin(async move {
            let wrong = || VendorError::new(VendorErrorKind::BadRequest, "the plan is not one of this element");
            let own: &Own = request.plan.own.downcast_ref().ok_or_else(wrong)?;
            let call = own.call(request.partition, request.scan).ok_or_else(wrong)?;
            let size = request.size.filter(|_| !call.endpoint.info().single);
            let page = self.page(context, &call, request.cursor, size).await?;
            let mut batch = page.batch;
            let received = batch.len();
            if let Some(after) = own.scan(request.scan).and_then(|scan| scan.drop_subscribed_after) {
                drop_subscribed_after(&mut batch, after);
            }
            let batch = if own.derived { derive::activities(&batch) } else { batch };
            let warnings = page.warnings.into_iter().map(|warning| warning.code.into()).collect();
            let (next, vendor_time_s) = (page.next, page.date_s);
            Ok(Page { received, next, warnings, vendor_time_s, ..Page::last(batch) })
        })
    }
}

/// Drops the rows that the previous scan has returned already (spec BT 2.7).
fn drop_subscribed_after(batch: &mut Batch, after: i64) {
    batch.retain(|row| !matches!(row.field("lastSubscribed"), Value::Date(joined) if joined > after));
}
