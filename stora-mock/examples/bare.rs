//! A bare axum handler that answers every request with the bytes of a file: what the mock is measured against.
//!
//! `bare FILE STATUS`

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(status)) = (args.next(), args.next()) else { return Err("usage: bare FILE STATUS".into()) };
    let answer = Arc::new((Bytes::from(std::fs::read(file)?), status.parse::<StatusCode>()?));
    let handler = move |request: Request| {
        let answer = answer.clone();
        async move {
            // The body is read, as every server has to.
            let read = axum::body::to_bytes(request.into_body(), 1 << 20).await;
            let status = read.map_or(StatusCode::BAD_REQUEST, |_| answer.1);
            (status, [(header::CONTENT_TYPE, "application/json")], Body::from(answer.0.clone())).into_response()
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, Router::new().fallback(handler)).await?)
}
