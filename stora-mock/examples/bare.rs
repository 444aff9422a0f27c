//! A bare axum handler that answers every request with the bytes of a file: what the mock is measured against.
//!
//! `bare FILE STATUS [METHOD PATH FILE STATUS]…`
//!
//! The first file is for every request that no method and path after it stand for.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

/// In as many threads as the mock.
fn main() -> Result<(), Box<dyn Error>> {
    stora_mock::cli::runtime()?.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, status, routes @ ..] = args.as_slice() else {
        return Err("usage: bare FILE STATUS [METHOD PATH FILE STATUS]…".into());
    };
    let answer = Answer::read(file, status)?;
    let mut router = Router::new().fallback(move |request| answer.clone().give(request));
    for route in routes.chunks(4) {
        let [method, path, file, status] = route else { return Err(format!("not a whole route: {route:?}").into()) };
        let (method, answer) = (MethodFilter::try_from(method.parse::<Method>()?)?, Answer::read(file, status)?);
        router = router.route(path, on(method, move |request| answer.clone().give(request)));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// What is answered.
struct Answer {
    body: Bytes,
    status: StatusCode,
}

impl Answer {
    fn read(file: &str, status: &str) -> Result<Arc<Self>, Box<dyn Error>> {
        Ok(Arc::new(Self { body: std::fs::read(file)?.into(), status: status.parse()? }))
    }

    async fn give(self: Arc<Self>, request: Request) -> Response {
        // The body is read, as every server has to.
        let read = axum::body::to_bytes(request.into_body(), 1 << 20).await;
        let status = read.map_or(StatusCode::BAD_REQUEST, |_| self.status);
        (status, [(header::CONTENT_TYPE, "application/json")], Body::from(self.body.clone())).into_response()
    }
}
