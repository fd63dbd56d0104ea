//! One run of one lane in the local backend: started by a request, followed by the stream of its response.
//!
//! It looks like an engine to the session. What is special about it is that it can go away.

use std::pin::Pin;

use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    api::{HEARTBEAT_MS, RunRequest},
    wire::Event,
};
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStreamDefaultReader;

use super::follow::RunHandle;
use crate::backend::{AbortOnDrop, Client, ClientError, Frames};

/// A stream that says nothing for so long is dead, in milliseconds.
const SILENCE_MS: u32 = 4 * HEARTBEAT_MS as u32;

/// A run in the backend. Dropping it ends the run there.
pub struct RemoteRun {
    client: Client,
    /// What the backend calls the run, once it has said so.
    id: Option<u64>,
    reader: ReadableStreamDefaultReader,
    /// The piece of the stream that is being waited for: it would be lost if this waiting were begun anew.
    reading: Option<Pin<Box<JsFuture>>>,
    frames: Frames,
    request: AbortOnDrop,
    /// Cancelled before the backend had said what it calls the run.
    cancels_late: bool,
    gone: Option<String>,
}

impl RemoteRun {
    /// Starts a run.
    ///
    /// # Errors
    /// When the backend does not begin it.
    pub async fn start(client: Client, request: &RunRequest) -> Result<Self, ClientError> {
        let (answer, request) = client.run(request).await?;
        let stream = answer.body().ok_or_else(|| ClientError::Unreachable("its answer has no stream".into()))?;
        let reader = stream.get_reader().unchecked_into();
        let frames = Frames::default();
        Ok(Self { client, id: None, reader, reading: None, frames, request, cancels_late: false, gone: None })
    }

    /// How the backend went away in the middle of the run, if it did.
    pub fn gone(&self) -> Option<&str> {
        self.gone.as_deref()
    }

    /// The next piece of the stream; `None` at its end.
    async fn read(&mut self) -> Result<Option<Vec<u8>>, String> {
        let reading = self.reading.get_or_insert_with(|| Box::pin(JsFuture::from(self.reader.read())));
        let silence = Box::pin(async {
            TimeoutFuture::new(SILENCE_MS).await;
            // A page that was held up finds the time over before it has seen what has come meanwhile.
            TimeoutFuture::new(SILENCE_MS / 4).await;
        });
        let answer = match select(reading, silence).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => return Err(format!("it has said nothing for {} s", SILENCE_MS / 1000)),
        };
        self.reading = None;
        let answer = answer.map_err(|_| "its stream broke off".to_owned())?;
        let get = |key: &str| js_sys::Reflect::get(&answer, &JsValue::from_str(key)).unwrap_or_default();
        if get("done").is_truthy() {
            return Ok(None);
        }
        Ok(Some(js_sys::Uint8Array::new(&get("value")).to_vec()))
    }

    async fn next_event(&mut self) -> Event {
        loop {
            match self.frames.next() {
                Ok(Some(event)) => return event,
                Ok(None) => {}
                Err(error) => return Event::Broken(format!("the backend sent something else than a run: {error}")),
            }
            let why = match self.read().await {
                Ok(Some(bytes)) => {
                    self.frames.push(&bytes);
                    continue;
                }
                Ok(None) if self.frames.is_torn() => "its stream ended within a message".into(),
                Ok(None) => "its stream ended before the run did".into(),
                Err(why) => why,
            };
            self.gone = Some(why.clone());
            return Event::Broken(format!("the backend went away in the middle of the run: {why}"));
        }
    }

    fn cancel_by_id(&self, id: u64) {
        let client = self.client.clone();
        spawn_local(async move {
            // If this does not arrive, the stream will be closed, which ends the run as well.
            let _ = client.cancel(id).await;
        });
    }
}

impl RunHandle for RemoteRun {
    /// A request has to get there, processes have to end, and the report has to come back.
    const GRACE_MS: u32 = 1_200;

    async fn next(&mut self) -> Event {
        let event = self.next_event().await;
        match event {
            Event::Queued { id, .. } => {
                self.id = Some(id);
                if std::mem::take(&mut self.cancels_late) {
                    self.cancel_by_id(id);
                }
            }
            // Its end is its own; the connection can be used again.
            Event::Finished { .. } => self.request.release(),
            _ => {}
        }
        event
    }

    fn cancel(&mut self) {
        match self.id {
            Some(id) => self.cancel_by_id(id),
            None => self.cancels_late = true,
        }
    }

    fn kill(&mut self, worker: u16) {
        let Some(id) = self.id else { return };
        let client = self.client.clone();
        spawn_local(async move {
            // Nothing to kill any more, at worst.
            let _ = client.kill(id, worker).await;
        });
    }
}
