//! Elements that are documents of an organization: found in the store, parsed once per revision.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::EngineInner;
use super::router::ElementRoutes;
use super::store::{ElementHead, UserRow};
use crate::element::Element;
use crate::elements::registry::of_document;
use crate::error::{Error, ErrorKind, Result};

/// Number of parsed documents that are kept, and their size in bytes as text.
const MOST: usize = 64;
const MOST_BYTES: usize = 16 << 20;

/// The parsed documents that were used last, with their routes.
#[derive(Default)]
pub(crate) struct DefinedElements {
    parsed: Mutex<Parsed>,
}

#[derive(Default)]
struct Parsed {
    /// By id and revision.
    known: HashMap<(i64, i64), Known>,
    bytes: usize,
    /// Number of uses, by which the oldest one is found.
    uses: u64,
}

struct Known {
    routes: Arc<ElementRoutes>,
    bytes: usize,
    last_used: u64,
}

impl Parsed {
    fn get(&mut self, id: i64, revision: i64) -> Option<Arc<ElementRoutes>> {
        self.uses += 1;
        let known = self.known.get_mut(&(id, revision))?;
        known.last_used = self.uses;
        Some(Arc::clone(&known.routes))
    }

    fn keep(&mut self, id: i64, revision: i64, routes: &Arc<ElementRoutes>, bytes: usize) {
        self.remove((id, revision));
        while !self.known.is_empty() && (self.known.len() >= MOST || self.bytes + bytes > MOST_BYTES) {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.last_used).map(|(key, _)| *key);
            oldest.into_iter().for_each(|oldest| self.remove(oldest));
        }
        self.uses += 1;
        self.bytes += bytes;
        let known = Known { routes: Arc::clone(routes), bytes, last_used: self.uses };
        self.known.insert((id, revision), known);
    }

    fn remove(&mut self, key: (i64, i64)) {
        self.bytes -= self.known.remove(&key).map_or(0, |known| known.bytes);
    }
}

impl EngineInner {
    /// Returns the element with this id as an organization has it: one of the program, or one of its own.
    pub async fn element(&self, organization: i64, id: i64) -> Result<Option<Arc<dyn Element>>> {
        if let Some(element) = self.elements.by_id(id) {
            return Ok(Some(Arc::clone(element)));
        }
        Ok(self.defined_routes(organization, id).await?.map(|routes| Arc::clone(&routes.element)))
    }

    /// Returns an element that a user may name, by id (all digits) or exact key (spec P 5.2).
    pub async fn element_named(&self, user: Option<&UserRow>, key_or_id: &str) -> Result<Option<Arc<dyn Element>>> {
        if let Some(element) = self.elements.find(key_or_id) {
            return Ok(Some(Arc::clone(element)));
        }
        match self.head_named(user, key_or_id).await? {
            Some(head) => Ok(Some(Arc::clone(&self.newest(&head).await?.element))),
            None => Ok(None),
        }
    }

    /// Returns the document of an organization that a user may name, by id (all digits) or exact key.
    pub async fn head_named(&self, user: Option<&UserRow>, key_or_id: &str) -> Result<Option<ElementHead>> {
        Ok(self.heads(user).await?.into_iter().find(|head| head.is_named(key_or_id)))
    }

    /// Returns the documents that a user may see, by ascending id: those of the organization, but for those of other
    /// accounts. Anonymous callers see none (spec E 10.1).
    pub async fn heads(&self, user: Option<&UserRow>) -> Result<Vec<ElementHead>> {
        let Some(user) = user else { return Ok(Vec::new()) };
        let mut heads = self.store.element_heads(user.organization_id).await?;
        heads.retain(|head| user.writes_elements() || head.is_for(user.account_id));
        Ok(heads)
    }

    /// Returns the elements that a user may see: those of the program, then those of the organization by ascending id.
    pub async fn elements_of(&self, user: Option<&UserRow>) -> Result<Vec<Arc<dyn Element>>> {
        let mut all = self.elements.all().to_vec();
        for head in self.heads(user).await? {
            all.push(Arc::clone(&self.newest(&head).await?.element));
        }
        Ok(all)
    }

    /// Returns the keys of the elements that a user may see.
    pub async fn element_keys(&self, user: Option<&UserRow>) -> Result<Vec<String>> {
        let of_program = self.elements.all().iter().map(|element| element.info().key.to_string());
        Ok(of_program.chain(self.heads(user).await?.into_iter().map(|head| head.key)).collect())
    }

    /// Returns the routes of an element of an organization. `None` if it has no such element of its own.
    pub async fn defined_routes(&self, organization: i64, id: i64) -> Result<Option<Arc<ElementRoutes>>> {
        let head = self.store.element_head(id).await?.filter(|head| head.organization_id == organization);
        match head {
            Some(head) => self.newest(&head).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns a revision of an element. `None` if it does not exist any more.
    pub async fn element_revision(&self, id: i64, revision: &str) -> Result<Option<Arc<dyn Element>>> {
        if let Some(element) = self.elements.revision(id, revision) {
            return Ok(Some(Arc::clone(element)));
        }
        let (Ok(revision), Some(head)) = (revision.parse(), self.store.element_head(id).await?) else {
            return Ok(None);
        };
        Ok(self.parsed(&head, revision).await?.map(|routes| Arc::clone(&routes.element)))
    }

    /// Returns the element of a document that was read before.
    pub async fn newest(&self, head: &ElementHead) -> Result<Arc<ElementRoutes>> {
        if let Some(routes) = self.parsed(head, head.revision).await? {
            return Ok(routes);
        }
        // It was changed meanwhile, and this revision is gone.
        let head = self.store.element_head(head.id).await?.ok_or_else(missing)?;
        self.parsed(&head, head.revision).await?.ok_or_else(missing)
    }

    /// Returns the newest document of an element that was found before, with its present state.
    pub async fn document(&self, head: ElementHead) -> Result<(ElementHead, Value)> {
        if let Some((document, _)) = self.store.element_document(&head, head.revision).await? {
            return Ok((head, document));
        }
        let head = self.store.element_head(head.id).await?.ok_or_else(missing)?;
        let (document, _) = self.store.element_document(&head, head.revision).await?.ok_or_else(missing)?;
        Ok((head, document))
    }

    async fn parsed(&self, head: &ElementHead, revision: i64) -> Result<Option<Arc<ElementRoutes>>> {
        if let Some(routes) = self.defined.lock().get(head.id, revision) {
            return Ok(Some(routes));
        }
        let Some((document, bytes)) = self.store.element_document(head, revision).await? else { return Ok(None) };
        let element = of_document(head.id, &revision.to_string(), &document)?;
        let routes = Arc::new((self.gateway.routes_of)(&element));
        self.defined.lock().keep(head.id, revision, &routes, bytes);
        Ok(Some(routes))
    }
}

/// Returns the error for an element that was deleted while a call used it.
fn missing() -> Error {
    Error::new(ErrorKind::NotFound, "No element found")
}

impl DefinedElements {
    fn lock(&self) -> std::sync::MutexGuard<'_, Parsed> {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ElementHead {
    /// Returns whether this is the key of the element or, if it has digits only, its id (spec P 5.2).
    pub fn is_named(&self, key_or_id: &str) -> bool {
        let by_id = !key_or_id.is_empty() && key_or_id.bytes().all(|byte| byte.is_ascii_digit());
        if by_id { key_or_id.parse() == Ok(self.id) } else { self.key == key_or_id }
    }

    /// Returns whether an account may use the element (spec E 2.23).
    pub fn is_for(&self, account: i64) -> bool {
        self.accounts.is_empty() || self.accounts.contains(&account)
    }
}
