//! Scheduling of the scripts of many organizations, and handling of scripts that cannot be stopped.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn long_scripts_of_many_organizations_delay_no_other() {
    let scripts = std::sync::Arc::new(Scripts::new(ScriptLimits::default()));
    let hogs: Vec<_> = (0..40)
        .map(|hog| {
            let scripts = std::sync::Arc::clone(&scripts);
            tokio::spawn(async move {
                let mut runner =
                    scripts.runner(hog % 8, vec![script("while (true);")], Phase::Request, Configuration::default());
                let _ = runner.run(Purpose::FromVendor, vec![input(json!({}))]).await;
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begin = Instant::now();
    for round in 0..3 {
        let mut runner = scripts.runner(99, vec![script("done({x: 1})")], Phase::Request, Configuration::default());
        let outcomes = runner.run(Purpose::FromVendor, vec![input(json!({}))]).await.expect("a thread");
        assert_eq!(shown(&outcomes[0]), r#"{"x":1}"#, "{round}");
    }
    let mut bulk = scripts.runner(99, vec![script("done({x: 1})")], Phase::Bulk, Configuration::default());
    let outcomes = bulk.run(Purpose::FromVendor, vec![input(json!({})); 300]).await.expect("a thread");
    assert!(outcomes.len() == 300 && outcomes.iter().all(|outcome| shown(outcome) == r#"{"x":1}"#));
    // A second or two on a busy machine; the other scripts run for 30.
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    hogs.iter().for_each(tokio::task::JoinHandle::abort);
}

/// A record of a bulk job does not fail because it waits for other scripts.
#[tokio::test(flavor = "multi_thread")]
async fn time_limits_count_what_a_script_runs() {
    let limits = ScriptLimits { time: Duration::from_secs(3), ..ScriptLimits::default() };
    let scripts = std::sync::Arc::new(Scripts::new(limits));
    let calls: Vec<_> = (0..12)
        .map(|organization| {
            let scripts = std::sync::Arc::clone(&scripts);
            tokio::spawn(async move {
                let body = "let n = 0; while (n < 3e6) n++; done({n})";
                let mut runner =
                    scripts.runner(organization, vec![script(body)], Phase::Bulk, Configuration::default());
                runner.run(Purpose::FromVendor, vec![input(json!({}))]).await.expect("a thread")
            })
        })
        .collect();
    for call in calls {
        assert_eq!(shown(&call.await.expect("no panic")[0]), r#"{"n":3000000}"#);
    }
}

const STALL: &str = "if (originalObject.id === 1) CE.stall(6000); done({id: originalObject.id})";

fn hasty() -> Scripts {
    Scripts::new(ScriptLimits { time: Duration::from_millis(50), ..ScriptLimits::default() })
}

/// A function that cannot be stopped fails its record; its thread is abandoned, and any later result is ignored.
#[tokio::test]
async fn threads_that_cannot_be_stopped_are_abandoned() {
    let scripts = hasty();
    let mut bulk = scripts.runner(1, vec![script(STALL)], Phase::Bulk, Configuration::default());
    let inputs = (0..3).map(|id| input(json!({ "id": id }))).collect();
    let outcomes = bulk.run(Purpose::FromVendor, inputs).await.expect("a thread");
    let shown: Vec<String> = outcomes.iter().map(shown).collect();
    assert_eq!((shown.len(), shown[0].as_str(), shown[2].as_str()), (3, r#"{"id":0}"#, r#"{"id":2}"#));
    assert!(shown[1].ends_with("stopped after 0.05 seconds"), "{}", shown[1]);
}

/// Up to four threads of an organization may be abandoned. Then its calls are refused at once and its jobs wait; other
/// organizations are not affected.
#[tokio::test(flavor = "multi_thread")]
async fn threads_that_are_left_behind_are_bounded() {
    let scripts = std::sync::Arc::new(hasty());
    let stalled: Vec<_> = (0..4)
        .map(|_| {
            let scripts = std::sync::Arc::clone(&scripts);
            tokio::spawn(async move {
                let mut live = scripts.runner(1, vec![script(STALL)], Phase::Request, Configuration::default());
                let outcomes = live.run(Purpose::FromVendor, vec![input(json!({"id": 1}))]).await.expect("a thread");
                assert!(shown(&outcomes[0]).ends_with("stopped after 0.05 seconds"), "{}", shown(&outcomes[0]));
            })
        })
        .collect();
    for call in stalled {
        call.await.expect("no panic");
    }
    let run = async |organization, phase| {
        let mut runner = scripts.runner(organization, vec![script(STALL)], phase, Configuration::default());
        runner.run(Purpose::FromVendor, vec![input(json!({"id": 2}))]).await
    };
    let refused = run(1, Phase::Request).await.expect_err("no thread is left");
    assert_eq!(refused.status.as_u16(), 503);
    assert!(refused.message.contains("could not be stopped"), "{}", refused.message);
    assert_eq!(shown(&run(2, Phase::Request).await.expect("a thread")[0]), r#"{"id":2}"#);
    // Until the functions finally return.
    assert_eq!(shown(&run(1, Phase::Bulk).await.expect("a thread")[0]), r#"{"id":2}"#);
    assert_eq!(shown(&run(1, Phase::Request).await.expect("a thread")[0]), r#"{"id":2}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_dropped_frees_its_thread() {
    let scripts = std::sync::Arc::new(Scripts::new(ScriptLimits::default()));
    for _ in 0..12 {
        let mut runner = scripts.runner(1, vec![script("while (true);")], Phase::Request, Configuration::default());
        let run = runner.run(Purpose::FromVendor, vec![input(json!({}))]);
        assert!(tokio::time::timeout(Duration::from_millis(20), run).await.is_err());
    }
    assert_eq!(run_on(&scripts, vec![script("done({x: 1})")], json!({})).await, r#"{"x":1}"#);
}
