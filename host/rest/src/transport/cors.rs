//! Cross-origin requests (Jetty's `CrossOriginHandler` as Connect sets it up): preflight requests reach the
//! resources too, and answers to origins that are not allowed only lack the headers.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use ferry_config::worker::Cors;

/// The headers that an answer gets, from those of its request.
pub(super) fn headers(cors: &Cors, method: &Method, request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // The answer hangs on the origin, whether there is one or not.
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(ORIGIN) else { return headers };
    if !origin.to_str().is_ok_and(|origin| cors.allows(origin)) {
        return headers;
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    if *method == Method::OPTIONS && request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        if let Ok(methods) = HeaderValue::from_str(&cors.methods) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("60"));
    }
    headers
}
