//! Serialization of changes of an instance, for calls that lost a race.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// Locks of the instances whose changes are serialized in this process.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<i64, Weak<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits for the turn of a change, which ends when the guard is dropped.
    pub async fn take(&self, instance_id: i64) -> OwnedMutexGuard<()> {
        let turn = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|_, turn| turn.strong_count() > 0);
            let turn = known.get(&instance_id).and_then(Weak::upgrade).unwrap_or_default();
            known.insert(instance_id, Arc::downgrade(&turn));
            turn
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn changes_of_one_instance_take_turns_and_others_go_on() {
        let turns = Turns::default();
        let first = turns.take(1).now_or_never();
        assert!(first.is_some() && turns.take(2).now_or_never().is_some());
        assert!(turns.take(1).now_or_never().is_none());
        drop(first);
        assert!(turns.take(1).now_or_never().is_some());
        assert!(turns.0.lock().is_ok_and(|known| known.len() <= 2), "instances without changes are forgotten");
    }
}
