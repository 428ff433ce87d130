//! Vault keys that the program stores.
//!
//! The engine requests a key while a database is opened, on a thread that waits for the response. The request is queued
//! here until the JavaScript side takes it, and its response returns the same way: nothing calls into JavaScript.
//! Without a response, because the opening was aborted or the environment has ended, the waiting thread gets an error.

use std::sync::{Arc, Mutex};

use elementkit::{Error, ErrorKind, VaultKey, VaultKeyProvider};
use napi_derive::napi;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::pending::Pending;

type Reply = Result<Option<VaultKey>, Error>;

pub struct Question {
    name: String,
    /// The key to store; `None` in a request for a key.
    key: Option<VaultKey>,
    reply: oneshot::Sender<Reply>,
}

/// The engine's end of the queue.
pub struct Questions(mpsc::UnboundedSender<Question>);

impl Questions {
    fn ask(&self, name: &str, key: Option<VaultKey>) -> Reply {
        let closed = || Error::new(ErrorKind::Closed, "the platform is not being opened any more");
        let (reply, answer) = oneshot::channel();
        self.0.send(Question { name: name.to_owned(), key, reply }).map_err(|_| closed())?;
        answer.blocking_recv().map_err(|_| closed())?
    }
}

impl VaultKeyProvider for Questions {
    fn load(&self, name: &str) -> Result<Option<VaultKey>, Error> {
        self.ask(name, None)
    }

    fn store(&self, name: &str, key: &VaultKey) -> Result<(), Error> {
        self.ask(name, Some(key.clone())).map(|_| ())
    }
}

/// The program's end of the queue.
#[napi]
pub struct NativeVaultKeys {
    sender: mpsc::UnboundedSender<Question>,
    questions: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Question>>>,
    /// Channel for the response to the current request.
    open: Arc<Mutex<Option<oneshot::Sender<Reply>>>>,
    ended: CancellationToken,
}

#[napi]
impl NativeVaultKeys {
    #[allow(clippy::new_without_default)]
    #[napi(constructor)]
    pub fn new() -> Self {
        let (sender, questions) = mpsc::unbounded_channel();
        let questions = Arc::new(tokio::sync::Mutex::new(questions));
        Self { sender, questions, open: Arc::default(), ended: CancellationToken::new() }
    }

    /// Returns the next request: a name as JSON, with the bytes of a key to store; `None` after the end.
    #[napi]
    pub fn next(&self) -> Pending {
        let (questions, open, ended) = (Arc::clone(&self.questions), Arc::clone(&self.open), self.ended.clone());
        Pending::new(async move {
            let question = async { questions.lock().await.recv().await };
            let Some(Some(Question { name, key, reply })) = ended.run_until_cancelled(question).await else {
                return Ok(Answer::default());
            };
            if let Ok(mut open) = open.lock() {
                *open = Some(reply);
            }
            let bytes = key.map(|key| key.expose().to_vec().into());
            Ok(Answer { bytes, ..Answer::json(&name)? })
        })
    }

    /// Completes the current request.
    #[napi]
    pub fn reply(&self, key: Option<&[u8]>) {
        self.answer(key.map(VaultKey::from_bytes).transpose());
    }

    /// Fails the current request with an error of the program.
    #[napi]
    pub fn fail(&self) {
        self.answer(Err(Error::new(ErrorKind::Storage, "it threw an exception")));
    }

    /// Ends the requests; a waiting thread gets an error.
    #[napi]
    pub fn close(&self) -> Pending {
        let (questions, open, ended) = (Arc::clone(&self.questions), Arc::clone(&self.open), self.ended.clone());
        Pending::new(async move {
            ended.cancel();
            let mut questions = questions.lock().await;
            questions.close();
            while questions.try_recv().is_ok() {}
            drop(open.lock().ok().and_then(|mut open| open.take()));
            Ok(Answer::default())
        })
    }

    fn answer(&self, reply: Reply) {
        if let Some(open) = self.open.lock().ok().and_then(|mut open| open.take()) {
            let _ = open.send(reply);
        }
    }
}

impl NativeVaultKeys {
    /// Returns the provider for the engine.
    pub fn provider(&self) -> Questions {
        Questions(self.sender.clone())
    }
}
