//! Guarded calls: hostile names and addresses (spec E 3.20, E 3.38).

use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use reqwest::dns::Resolve;

use super::*;
use crate::http_client::{LookUp, Mixed, PublicOnly};

const NOT_ALLOWED: &str = "The vendor address is not allowed";

/// A resolver in which names have these addresses, one list for each look-up.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<Vec<IpAddr>>>>);

impl Names {
    fn of(answers: &[&str]) -> Self {
        let list = |answer: &&str| answer.split_whitespace().filter_map(|address| address.parse().ok()).collect();
        Self(Arc::new(Mutex::new(answers.iter().rev().map(list).collect())))
    }

    fn look_up(&self) -> LookUp {
        let names = self.clone();
        Arc::new(move |_| {
            let next = names.0.lock().ok().and_then(|mut answers| answers.pop());
            let found = next.map(|found| found.into_iter().map(|address| SocketAddr::new(address, 0)).collect());
            futures::future::ready(found.ok_or_else(|| std::io::Error::other("looked up too often"))).boxed()
        })
    }
}

fn client(names: &Names, allow_private: bool) -> Outcome<VendorClient> {
    let network = Network::with_look_up(&HttpOptions::default(), allow_private, names.look_up())?;
    Ok(VendorClient::new(network, VendorLimits::default(), Arc::default()))
}

async fn refused(client: &VendorClient, url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let request = VendorRequest::get(url, "/operation");
    match client.call(&Context::default(), request, Repeat::Always, &Text).await {
        Ok(_) => false,
        Err(error) => {
            let message = error.message.as_deref() == Some(NOT_ALLOWED);
            message && error.kind == VendorErrorKind::BadRequest && error.reached == Reached::No
        }
    }
}

#[tokio::test]
async fn names_with_any_address_that_is_not_public_are_refused() -> Test {
    for addresses in [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "93.184.216.34 127.0.0.1",
        "2606:4700::1111 ::1",
        "",
    ] {
        // A second look-up would fail with another error.
        let client = client(&Names::of(&[addresses]), false)?.guarded();
        assert!(refused(&client, "https://vendor.example/").await, "{addresses}");
    }
    Ok(())
}

#[tokio::test]
async fn addresses_that_are_not_public_are_refused() -> Test {
    let client = client(&Names::of(&[]), false)?.guarded();
    for url in [
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://api.LOCALHOST./",
        "http://93.184.216.34/",
        "http://vendor.example/",
        "https://me@vendor.example/",
        "https://me:secret@93.184.216.34/",
        "ftp://93.184.216.34/",
    ] {
        assert!(refused(&client, url).await, "{url}");
        assert!(refused(&client.for_login(), url).await, "{url}");
    }
    Ok(())
}

#[tokio::test]
async fn private_addresses_are_called_where_that_is_allowed() -> Test {
    let server = Server::start(|_, _| ok()).await?;
    let call = async |client: VendorClient, url: Url| {
        let request = VendorRequest::get(url, "/operation");
        client.call(&Context::default(), request, Repeat::Always, &Text).await.is_ok()
    };
    let (open, closed) = (client(&Names::of(&[]), true)?, client(&Names::of(&[]), false)?);
    assert!(call(open.guarded(), server.at("/")).await);
    assert!(call(closed.clone(), server.at("/")).await, "only guarded calls are checked");
    assert!(!call(closed.guarded(), server.at("/")).await);
    let mut with_user = server.at("/");
    assert!(with_user.set_username("me").is_ok() && !call(open.guarded(), with_user).await);
    assert_eq!(server.heads().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_connection_gets_the_addresses_that_were_checked() -> Test {
    let names = Names::of(&["93.184.216.34 2606:4700::1111", "127.0.0.1"]);
    let resolver = PublicOnly::over(names.look_up(), Mixed::Refuse);
    let resolve = async || -> std::result::Result<Vec<IpAddr>, String> {
        let name = "rebinding.example".parse().map_err(|_| "no name")?;
        let found = resolver.resolve(name).await.map_err(|error| error.to_string())?;
        Ok(found.map(|address| address.ip()).collect())
    };
    let checked: Vec<IpAddr> = vec!["93.184.216.34".parse()?, "2606:4700::1111".parse()?];
    assert_eq!(resolve().await, Ok(checked));
    assert_eq!(resolve().await, Err("the name has no public address".to_owned()));
    Ok(())
}

#[tokio::test]
async fn callbacks_go_to_the_public_addresses_of_a_name() -> Test {
    let resolver = PublicOnly::over(Names::of(&["10.0.0.1 93.184.216.34"]).look_up(), Mixed::Filter);
    let name = "mixed.example".parse().map_err(|_| "no name")?;
    let found = resolver.resolve(name).await.map_err(|error| error.to_string())?;
    assert_eq!(found.map(|address| address.ip().to_string()).collect::<Vec<_>>(), ["93.184.216.34"]);
    Ok(())
}
