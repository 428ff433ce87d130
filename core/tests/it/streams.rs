//! Bodies of any size from the vendor to the caller: in memory that does not grow, at the speed of the reader.

use std::time::Duration;

use brighttalk_sim::testbed_sim::{Config, Simulator};
use elementkit::engine::EngineOptions;
use http_body_util::BodyExt;

use crate::support;
use crate::support::process::{ran_alone, resident_mb};
use crate::support::raw::World;
use crate::support::subject::Subject;

const GIBIBYTE: u64 = 1 << 30;
/// Bytes that may be on their way between a vendor and a reader that pauses: the buffers of two sockets on each hop.
const UNDER_WAY: u64 = 32 << 20;
/// Growth of the process's memory, which includes the vendor's, in MB.
const GROWTH_MB: u64 = 24;

async fn world() -> (World, Simulator, tempfile::TempDir) {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(folder.path().join("test.db")) };
    (World::over(Subject::Testbed, options, &simulator.url()).await, simulator, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gibibyte_is_passed_on_in_flat_memory() {
    if ran_alone("streams::a_gibibyte_is_passed_on_in_flat_memory") {
        return;
    }
    let (world, simulator, _folder) = world().await;
    let small = world.get("/hubs/crm/exports/100000", &[]).await;
    assert_eq!((small.status, small.body.len()), (200, 100_000));
    let (before, mut most) = (resident_mb(), 0);
    let mut answer = world.begin(&format!("/hubs/crm/exports/{GIBIBYTE}")).await;
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
    let (mut read, mut looked) = (0, 0);
    while let Some(frame) = answer.body_mut().frame().await {
        read += frame.unwrap().into_data().unwrap().len() as u64;
        if read - looked > 32 << 20 {
            if looked == 0 {
                // The vendor sends no more than fits between it and a reader that pauses.
                tokio::time::sleep(Duration::from_millis(500)).await;
                let ahead = simulator.exported() - 100_000 - read;
                assert!(ahead < UNDER_WAY, "{ahead} bytes ahead of the reader");
            }
            looked = read;
            most = most.max(resident_mb());
        }
    }
    assert_eq!((read, simulator.exported() - 100_000), (GIBIBYTE, GIBIBYTE));
    eprintln!("1 GiB: {before} MB before, at most {most} MB");
    assert!(most < before + GROWTH_MB, "{before} MB grew to {most} MB");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_ends_the_answer_of_the_vendor() {
    let (world, simulator, _folder) = world().await;
    let mut answer = world.begin(&format!("/hubs/crm/exports/{GIBIBYTE}")).await;
    assert!(answer.body_mut().frame().await.unwrap().is_ok());
    drop(answer);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let made = simulator.exported();
    assert!(made < GIBIBYTE);
    // All places of the concurrency limit are free again.
    for _ in 0..6 {
        assert_eq!(world.get("/hubs/crm/exports/10", &[]).await.body.len(), 10);
    }
    assert_eq!(simulator.exported(), made + 60, "the vendor has stopped");
    world.engine.close().await;
}
