//! Address check: a shared server calls only addresses of the public internet for its users.
//!
//! The check happens where names are resolved, so that a connection goes to an address that was checked, whatever the name
//! resolves to the next time.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Look-up of the addresses of a name. Their ports are 0.
pub(crate) type LookUp = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Treatment of names that have a public address and another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mixed {
    /// Uses the public addresses.
    Filter,
    /// Refuses the name.
    Refuse,
}

/// A resolver that returns public addresses only.
pub(crate) struct PublicOnly {
    look_up: LookUp,
    mixed: Mixed,
}

/// Failure of a name that may not be called.
#[derive(Debug)]
pub(crate) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no public address")
    }
}

impl std::error::Error for NotPublic {}

impl PublicOnly {
    /// Creates a resolver over that of the system.
    pub fn new(mixed: Mixed) -> Self {
        Self::over(system(), mixed)
    }

    /// Creates a resolver over a look-up.
    pub fn over(look_up: LookUp, mixed: Mixed) -> Self {
        Self { look_up, mixed }
    }
}

/// Returns the look-up of the system.
pub(crate) fn system() -> LookUp {
    Arc::new(|name| Box::pin(async move { tokio::net::lookup_host((name, 0)).await.map(|found| found.collect()) }))
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, mixed) = ((self.look_up)(name.as_str().to_owned()), self.mixed);
        Box::pin(async move {
            let found = found.await?;
            let public: Vec<SocketAddr> = found.iter().filter(|address| is_public(address.ip())).copied().collect();
            if public.is_empty() || mixed == Mixed::Refuse && public.len() < found.len() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Returns whether a failure was caused by an address that is not public.
pub(crate) fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns whether the host is itself an address that is not public, or a name of this machine. Other names are checked
/// when they are resolved.
pub(crate) fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    }
}

/// IANA registries of special-purpose addresses (RFC 6890; iana.org/assignments/iana-ipv4-special-registry and
/// iana-ipv6-special-registry), as of 2026-10. Includes blocks that are reachable globally: the hosts in them are part
/// of the network infrastructure, not servers that receive callbacks.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private use
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared address space
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link local
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private use
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24), // multicast tunnelling
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relay, deprecated
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private use
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
];

/// Only blocks within global unicast, [`GLOBAL_V6`]; all others are not public anyway.
const SPECIAL_V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments: Teredo (2001::/32), benchmarking (2001:2::/48), ORCHID (2001:10::/28, 2001:20::/28), drones.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),     // 6to4
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),     // documentation
];

const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Returns whether an address belongs to the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|block| holds_v4(block, address)),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public(inner.into()),
            None => holds_v6(&GLOBAL_V6, address) && !SPECIAL_V6.iter().any(|block| holds_v6(block, address)),
        },
    }
}

fn holds_v4(&(block, prefix): &(Ipv4Addr, u32), address: Ipv4Addr) -> bool {
    (block.to_bits() ^ address.to_bits()).leading_zeros() >= prefix
}

fn holds_v6(&(block, prefix): &(Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    (block.to_bits() ^ address.to_bits()).leading_zeros() >= prefix
}

/// Returns the IPv4 address that a packet would reach: mapped (`::ffff:0:0/96`) or translated (`64:ff9b::/96`).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        text.parse().is_ok_and(is_public)
    }

    #[test]
    fn the_first_and_the_last_address_of_every_special_block_are_inside() {
        for (block, prefix) in SPECIAL_V4 {
            let last = block.to_bits() | (u32::MAX >> prefix);
            assert!(!is_public((*block).into()) && !is_public(Ipv4Addr::from_bits(last).into()), "{block}");
        }
        for (block, prefix) in SPECIAL_V6 {
            let last = block.to_bits() | (u128::MAX >> prefix);
            assert!(!is_public((*block).into()) && !is_public(Ipv6Addr::from_bits(last).into()), "{block}");
        }
    }

    #[test]
    fn hosts_of_this_machine_are_private() {
        let private = |url: &str| Url::parse(url).is_ok_and(|url| is_private_host(&url));
        for url in
            ["http://localhost/", "http://a.LOCALHOST./", "http://0x7f.1/", "http://2130706433/", "https://[::1]:1/"]
        {
            assert!(private(url), "{url}");
        }
        assert!(!private("https://hook.example/x"));
        assert!(!private("http://93.184.216.34/"));
    }

    #[test]
    fn addresses_inside_are_told_from_those_outside() {
        let inside = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255 \
            198.18.0.1 192.88.99.1 192.0.0.9 ::1 :: fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::7f00:1 \
            64:ff9b::a00:1 64:ff9b:1::1 100::1 100:0:0:1::1 5f00::1 2002:a00:1:: 2002:101:101:: 2001:db8::1 2001::1 2001:2::1 \
            2001:10::1 2001:1f:ffff::1 2001:20::1 2001:30::1 3fff::1 3fff:fff::1 4000::1";
        for address in inside.split_whitespace() {
            assert!(!public(address), "{address}");
        }
        let outside = "93.184.216.34 1.1.1.1 9.255.255.255 11.0.0.0 172.32.0.1 100.128.0.1 192.88.98.1 223.255.255.255 \
            2606:4700::1111 2a00:1450::1 2001:200::1 2001:4860::8888 3fff:1000::1 ::ffff:1.1.1.1 64:ff9b::101:101";
        for address in outside.split_whitespace() {
            assert!(public(address), "{address}");
        }
    }
}
