//! Import of assets: existing ones are replaced, missing ones are created (spec P 9.10).

use std::collections::{BTreeMap, HashMap, HashSet};

use http::Method;
use serde_json::{Value, json};

use super::check::{is_same_definition, is_same_document, is_same_mapping};
use super::{Assets, FormulaKey};
use crate::client::{Level, Platform};
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
    /// Changes nothing, and reports what an import would change.
    pub check: bool,
}

/// Result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// Parts that did not exist: level, kind and name.
    pub created: Vec<String>,
    /// Parts that existed; of a check those that would change.
    pub replaced: Vec<String>,
    /// Parts that an import would leave as they are; only of a check.
    pub unchanged: Vec<String>,
    /// Mapped fields that were left out because their definition lacks them.
    pub dropped: Vec<String>,
    /// Skipped parts with the reasons.
    pub skipped: Vec<String>,
}

impl Platform {
    /// Imports assets: elements, then object by object definitions and the mappings to them, then formulas. An import that
    /// fails half-way can be repeated.
    ///
    /// # Errors
    /// The error of the first call that fails; the message names the part.
    pub async fn import_assets(&self, assets: &Assets, options: ImportOptions) -> Result<ImportReport> {
        let mut import = Import { platform: self, options, account: None, report: ImportReport::default() };
        let known = import.elements(assets).await?;
        for (name, object) in &assets.objects {
            let paths = import.definitions(name, object).await?;
            for ((element, place), mapping) in &object.mappings {
                if !known.contains(element) {
                    import.skip(format!("{name}: the platform has no element {element}"));
                } else if let Some(level) = import.level(*place, name).await? {
                    import.mapping(name, element, level, mapping, &paths).await?;
                }
            }
            import.description(name, object).await?;
        }
        import.formulas(&assets.formulas).await?;
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
        if self.options.check {
            let stored = definitions.declared().await?.remove(name);
            let same = stored.map(|stored| is_same_definition(&stored.fields, fields));
            self.checked(what, same);
            return Ok(());
        }
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
        if self.options.check {
            let stored = match transformations.declared().await {
                Ok(mut stored) => stored.remove(name),
                // The element is one that the import would create.
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            let own = |mut stored: Transformation| {
                stored.fields.retain(|field| field.level.as_deref().is_none_or(|at| at == word(level)));
                is_same_mapping(name, &stored, &mapping)
            };
            self.checked(what, stored.map(own));
            return Ok(());
        }
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

    /// Imports the elements. Returns the keys of those that the platform has then.
    async fn elements(&mut self, assets: &Assets) -> Result<HashSet<String>> {
        let listed = self.platform.elements().list().await?;
        let mut known: HashSet<String> = listed.iter().map(|element| element.key.clone()).collect();
        for (key, document) in &assets.elements {
            let what = format!("element {key}");
            let own = |key: &str| {
                listed.iter().find(|element| element.key == key).map(|element| element.private == Some(true))
            };
            let is_part = document["extended"] == true && document["private"] != true;
            match own(key) {
                Some(false) => self.skip(format!("{what}: the platform has an element of this key itself")),
                None if is_part => {
                    self.skip(format!("{what}: it extends an element of the platform, which is not here"));
                }
                exists => {
                    self.element(key, &what, document, exists.is_some()).await?;
                    known.insert(key.clone());
                }
            }
        }
        Ok(known)
    }

    async fn element(&mut self, key: &str, what: &str, document: &Value, exists: bool) -> Result<()> {
        let elements = self.platform.elements();
        if self.options.check {
            let same = match exists {
                true => Some(is_same_document(&elements.export(key).await?, document)),
                false => None,
            };
            self.checked(what.to_owned(), same);
        } else if exists {
            elements.replace(key, document).await.map_err(|error| error.about(what))?;
            self.report.replaced.push(what.to_owned());
        } else {
            elements.import(document).await.map_err(|error| error.about(what))?;
            self.report.created.push(what.to_owned());
        }
        Ok(())
    }

    /// Imports the formulas. Steps that refer to another formula by id get the id that it has here.
    async fn formulas(&mut self, formulas: &BTreeMap<FormulaKey, Value>) -> Result<()> {
        if formulas.is_empty() {
            return Ok(());
        }
        let stored = self.platform.formulas_by_name().await?;
        let mut ids: HashMap<String, Value> = HashMap::new();
        let mut written: Vec<(&FormulaKey, &Value, Value)> = Vec::new();
        for (key, formula) in formulas {
            let what = format!("formula {}", key.0);
            let id = match stored.get(key) {
                _ if self.options.check => {
                    self.checked(what, stored.get(key).map(|stored| is_same_document(stored, formula)));
                    continue;
                }
                Some(stored) => {
                    self.report.replaced.push(what);
                    stored["id"].clone()
                }
                None => {
                    let call = self.platform.request(Method::POST, "formulas").json(formula);
                    let made: Value = call.send().await.map_err(|error| error.about(&what))?.json().await?;
                    self.report.created.push(what);
                    made["id"].clone()
                }
            };
            ids.insert(formula["id"].to_string(), id.clone());
            written.push((key, formula, id));
        }
        for (key, formula, id) in written {
            let linked = relinked(formula, &ids);
            if stored.contains_key(key) || linked != *formula {
                let call = self.platform.request(Method::PUT, format!("formulas/{id}")).json(&linked);
                call.send().await.map_err(|error| error.about(&format!("formula {}", key.0)))?;
            }
        }
        Ok(())
    }

    /// Sets the description of an object, which only a VDR of version 2 has.
    async fn description(&mut self, name: &str, object: &Vdr) -> Result<()> {
        let Some(description) = &object.description else { return Ok(()) };
        let found = self.platform.request(Method::GET, "vdrs").query("where", format!("objectName='{name}'"));
        let found: Value = match found.send().await {
            Ok(answer) => answer.json().await?,
            // A platform without VDRs has no descriptions.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidRequest) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(id) = found.pointer("/0/id") else { return Ok(()) };
        if found.pointer("/0/description").and_then(Value::as_str) != Some(description) {
            if self.options.check {
                self.checked(format!("description of {name}"), Some(false));
                return Ok(());
            }
            // Without fields, since those of the answer have types that were not declared.
            let change = json!({"description": description});
            let call = self.platform.request(Method::PUT, format!("vdrs/{id}")).json(&change);
            call.send().await.map_err(|error| error.about(&format!("description of {name}")))?;
        }
        Ok(())
    }

    /// Reports what an import would do with a part: create it, replace it or, if it is the same, leave it.
    fn checked(&mut self, what: String, same: Option<bool>) {
        match same {
            None => self.report.created.push(what),
            Some(false) => self.report.replaced.push(what),
            Some(true) => self.report.unchanged.push(what),
        }
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

/// Replaces the ids of formulas in steps that run another formula.
fn relinked(formula: &Value, ids: &HashMap<String, Value>) -> Value {
    let mut formula = formula.clone();
    for step in formula.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
        if step["type"] == "formula"
            && let Some(id) = step.pointer_mut("/properties/formulaId")
            && let Some(new) = ids.get(&id.to_string())
        {
            *id = new.clone();
        }
    }
    formula
}
