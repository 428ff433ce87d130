//! Import of assets: existing ones are replaced, missing ones are created (spec P 9.10).

use std::collections::HashSet;

use http::Method;
use serde_json::Value;

use super::super::{Level, Platform};
use super::Assets;
use crate::error::{Error, ErrorKind, Result};
use crate::model::vdr::{PartLevel, Vdr};
use crate::model::{FieldDefinition, ObjectDefinition, Transformation};

/// Target of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The level for all parts of a file that does not specify one; `organization` if unset.
    pub level: Option<Level>,
    /// The account for parts of the level `account`; the organization's default account if unset.
    pub account: Option<i64>,
    /// The instance for parts of the level `instance`, which are skipped if it is unset.
    pub instance: Option<i64>,
}

/// Result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// Parts that did not exist: level, kind and name.
    pub created: Vec<String>,
    /// Parts that existed.
    pub replaced: Vec<String>,
    /// Mapped fields that were left out because their definition lacks them.
    pub dropped: Vec<String>,
    /// Skipped parts with the reasons.
    pub skipped: Vec<String>,
}

impl Platform {
    /// Imports assets object by object: definitions first, then the mappings to them. An import that fails half-way can
    /// be repeated.
    ///
    /// # Errors
    /// The error of the first call that fails; the message names the part.
    pub async fn import_assets(&self, assets: &Assets, options: ImportOptions) -> Result<ImportReport> {
        let mut import = Import { platform: self, options, account: None, report: ImportReport::default() };
        let known: HashSet<String> = self.elements().list().await?.into_iter().map(|element| element.key).collect();
        for (name, object) in &assets.objects {
            let paths = import.definitions(name, object).await?;
            for ((element, place), mapping) in &object.mappings {
                if !known.contains(element) {
                    import.skip(format!("{name}: the platform has no element {element}"));
                } else if let Some(level) = import.level(*place, name).await? {
                    import.mapping(name, element, level, mapping, &paths).await?;
                }
            }
        }
        Ok(import.report)
    }
}

struct Import<'a> {
    platform: &'a Platform,
    options: ImportOptions,
    /// The account, once it is known.
    account: Option<i64>,
    report: ImportReport,
}

/// Defined paths with the level that defines each.
type Paths = Vec<(Option<Level>, String)>;

impl Import<'_> {
    /// Stores the definitions of an object. Returns all paths that its mappings may use.
    async fn definitions(&mut self, name: &str, object: &Vdr) -> Result<Paths> {
        let mut paths = Vec::new();
        for (place, fields) in &object.definitions {
            let Some(level) = self.level(*place, name).await? else { continue };
            paths.extend(fields.iter().map(|field| (Some(level), field.path.clone())));
            self.definition(name, level, fields).await?;
        }
        if object.definitions.is_empty() {
            // The platform's own definition applies.
            match self.platform.common_resources().get(name).await {
                Ok(resource) => paths.extend(resource.fields.into_iter().map(|field| (None, field.path))),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.skip(format!("{name}: there is no definition of it"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(paths)
    }

    async fn definition(&mut self, name: &str, level: Level, fields: &[FieldDefinition]) -> Result<()> {
        let definitions = self.platform.definitions(level);
        let definition = ObjectDefinition { fields: fields.to_vec(), ..ObjectDefinition::default() };
        let what = format!("{} definition {name}", word(level));
        match definitions.replace(name, &definition).await {
            Ok(_) => self.report.replaced.push(what),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                definitions.create(name, &definition).await.map_err(|error| error.about(&what))?;
                self.report.created.push(what);
            }
            Err(error) => return Err(error.about(&what)),
        }
        Ok(())
    }

    async fn mapping(
        &mut self,
        name: &str,
        element: &str,
        level: Level,
        mapping: &Transformation,
        paths: &Paths,
    ) -> Result<()> {
        let what = format!("{} transformation {name} of {element}", word(level));
        let visible = |path: &str| {
            let defined =
                |(at, known): &(Option<Level>, String)| known == path && at.is_none_or(|at| rank(at) <= rank(level));
            paths.iter().any(defined)
        };
        let mut mapping = mapping.clone();
        mapping.fields.retain(|field| {
            let kept = visible(&field.path);
            if !kept {
                self.report.dropped.push(format!("{what}: {}", field.path));
            }
            kept
        });
        (mapping.object_name, mapping.level, mapping.start_date) = (None, None, None);
        let transformations = self.platform.transformations(level).element(element);
        match transformations.replace(name, &mapping).await {
            Ok(_) => self.report.replaced.push(what),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                transformations.create(name, &mapping).await.map_err(|error| error.about(&what))?;
                self.report.created.push(what);
            }
            Err(error) => return Err(error.about(&what)),
        }
        Ok(())
    }

    /// Returns the level that a part belongs to, or `None` if the caller named no instance for it.
    async fn level(&mut self, place: PartLevel, name: &str) -> Result<Option<Level>> {
        Ok(match (place, self.options.instance) {
            (PartLevel::Organization, _) => Some(Level::Organization),
            (PartLevel::Account, _) => Some(Level::Account(Some(self.account().await?))),
            (PartLevel::Instance, Some(instance)) => Some(Level::Instance(instance)),
            (PartLevel::Instance, None) => {
                self.skip(format!("{name}: a part belongs to an instance, but no instance is named"));
                None
            }
            (PartLevel::Unspecified, _) => match self.options.level {
                None => Some(Level::Organization),
                Some(Level::Account(None)) => Some(Level::Account(Some(self.account().await?))),
                level => level,
            },
        })
    }

    async fn account(&mut self) -> Result<i64> {
        if let Some(account) = self.options.account.or(self.account) {
            return Ok(account);
        }
        let account = self.platform.default_account().await?;
        self.account = Some(account);
        Ok(account)
    }

    fn skip(&mut self, why: String) {
        if !self.report.skipped.contains(&why) {
            self.report.skipped.push(why);
        }
    }
}

impl Platform {
    /// Returns the organization's default account.
    pub(super) async fn default_account(&self) -> Result<i64> {
        let accounts = self.request(Method::GET, "accounts").query("where", "defaultAccount=true").send().await?;
        let accounts: Vec<Value> = accounts.json().await?;
        let id = accounts.first().and_then(|account| account.get("id")).and_then(Value::as_i64);
        id.ok_or_else(|| Error::new(ErrorKind::NotFound, "the organization has no default account"))
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Organization => "organization",
        Level::Account(_) => "account",
        Level::Instance(_) => "instance",
    }
}

fn rank(level: Level) -> u8 {
    match level {
        Level::Organization => 0,
        Level::Account(_) => 1,
        Level::Instance(_) => 2,
    }
}
