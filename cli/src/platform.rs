//! The platform and the instance a command works on.

use elementkit::engine::Workers;
use elementkit::{EmbeddedOptions, ErrorKind, HostedOptions, InstanceHandle, Platform};

use crate::args::{Target, Which};
use crate::exit::{Failure, Outcome};

impl Target {
    /// The options of the embedded engine. Jobs that other commands left are not taken up by a short command.
    pub fn embedded(&self, workers: Workers) -> EmbeddedOptions {
        let mut options = EmbeddedOptions::new(&self.database).workers(workers);
        options.engine_mut().keyring = self.keyring;
        match &self.brighttalk_url {
            Some(url) => options.brighttalk_url(url),
            None => options,
        }
    }

    /// The hosted platform when a base URL is given, else the embedded one.
    pub async fn platform(&self) -> Outcome<Platform> {
        Ok(match &self.base_url {
            Some(url) => Platform::hosted(HostedOptions::new().base_url(url))?,
            None => Platform::embedded(self.embedded(Workers::Manual)).await?,
        })
    }
}

impl Which {
    /// The instance that is named, else the only one there is.
    pub async fn find(&self, platform: &Platform) -> Outcome<InstanceHandle> {
        if let Some(id) = self.instance {
            return Ok(platform.instances().get(id).await?);
        }
        let all = platform.instances().list().await?;
        match all.as_slice() {
            [] => {
                let none = elementkit::Error::new(ErrorKind::NotFound, "there is no instance");
                Err(none.with_hint("Make one with: elementkit connect brighttalk").into())
            }
            [only] => Ok(platform.instances().get(only.id).await?),
            several => {
                let names: Vec<String> = several.iter().map(|each| format!("{} ({})", each.id, each.name)).collect();
                Err(Failure::new(format!("choose one with --instance: {}", names.join(", "))))
            }
        }
    }
}
