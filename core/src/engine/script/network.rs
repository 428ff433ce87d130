//! Hosts that scripts of elements may call.

use crate::vendor::network::Network;

/// Network access of the scripts of elements (spec E 7.58).
#[derive(Clone, Default)]
#[cfg_attr(not(feature = "scripts"), allow(dead_code))]
pub(crate) struct ScriptNetwork {
    /// Clients that check addresses. `None` without network.
    pub clients: Option<Network>,
    /// Names of the hosts, in lower case.
    pub hosts: Vec<String>,
}

impl ScriptNetwork {
    /// Returns access to these hosts through the clients for vendors.
    pub fn new(clients: &Network, hosts: &[String]) -> Self {
        let hosts = hosts.iter().map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty());
        Self { clients: Some(clients.clone()), hosts: hosts.collect() }
    }
}
