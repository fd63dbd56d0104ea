//! What a request is answered with when it is not done: a status and a sentence.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lanes_core::api;

use super::content_security_policy;

/// A request that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    why: String,
    problems: Vec<String>,
}

impl Refusal {
    /// Refuses with a sentence that says what is wrong and what to do.
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into(), problems: Vec::new() }
    }

    /// Adds every problem, by its field.
    pub(super) fn with_problems(self, problems: Vec<String>) -> Self {
        Self { problems, ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, why, problems } = self;
        tracing::info!(status = status.as_u16(), why, "refused");
        let body = api::Refusal { lanes_api: api::VERSION, error: why, problems };
        let mut answer = (status, Json(body)).into_response();
        let policy = HeaderValue::from_static(content_security_policy::DATA);
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}
