//! Pages of the vendor: any bytes are a page or an error, for every kind of list.

use elementkit::elements::brighttalk::call::{Endpoint, Ids};
use elementkit::elements::brighttalk::xml::{ParseOptions, parse};

const ENDPOINTS: [Endpoint; 8] = [
    Endpoint::MyChannels,
    Endpoint::ChannelSubscribers,
    Endpoint::ChannelActivities,
    Endpoint::ChannelSurveys,
    Endpoint::SurveyResponses,
    Endpoint::ChannelWebcasts,
    Endpoint::ChannelViewings,
    Endpoint::ChannelAttachments,
];

/// Parses a page; the first byte selects the list.
pub fn check(data: &[u8]) {
    let Some((&choice, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let endpoint = ENDPOINTS[choice as usize % ENDPOINTS.len()];
    let ids = Ids { channel: Some(7), ..Ids::default() };
    let Ok(page) = parse(text, endpoint.info(), &ids, ParseOptions::default()) else { return };
    // Every parsed row can be written, as valid JSON.
    for row in page.batch.rows() {
        let mut out = Vec::new();
        row.write_json(false, &mut out);
        let json: serde_json::Value = serde_json::from_slice(&out).expect("a row is JSON");
        assert!(json.is_object());
    }
    assert!(page.warnings.iter().all(|warning| warning.detail.chars().count() <= 200));
}
