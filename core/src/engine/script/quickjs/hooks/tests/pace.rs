//! Cost of a script.
#![allow(clippy::print_stdout)] // prints measurements

use std::time::Instant;

use super::*;

/// `cargo test --release -p elementkit --lib pace_of_hooks -- --ignored --nocapture`
#[tokio::test]
#[ignore = "measures"]
async fn pace_of_hooks() {
    let pool = Pool::new(ScriptLimits::default());
    let page: Vec<Json> =
        (0..200).map(|id| json!({"id": id, "name": format!("name {id}"), "tags": ["a", "b"]})).collect();
    let mut given = names();
    given.push(("response_body_raw", json!(json!(page).to_string()).to_string()));
    given.push(("response_body_map", json!(page).to_string()));
    for (name, body) in [
        ("trivial", "done({request_vendor_path: '/x'})"),
        ("reads a page", "done({response_body: response_body_map.map(({id}) => ({id}))})"),
        ("lodash", "const _ = require('lodash'); done({a: _.get(configuration, 'user')})"),
        ("crypto", "done({a: require('crypto').createHmac('sha256', 'k').update('t').digest('hex')})"),
        ("url", "done({a: new URL('https://a.test/x?y=1').searchParams.get('y')})"),
    ] {
        let elements = pool.of_elements(1);
        for round in 0..2 {
            let (begin, cpu, count) = (Instant::now(), cpu_time(), 200);
            for _ in 0..count {
                elements.begin(Urgency::Live).run(&script(body), &given).await.expect("done");
            }
            let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count);
            println!("{name}, round {round}: {:.0} us, {:.0} us of CPU", each(begin.elapsed()), each(cpu_time() - cpu));
        }
    }
}

/// Returns the processor time of this process.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
