//! Pages and files beside the API.

mod checkout;
pub mod consent;
pub mod escape;
pub mod images;
mod page;
pub mod pictures;

use std::sync::Arc;

use axum::Router;

use crate::server::Server;

/// The routes of pages and files.
pub fn router(server: Arc<Server>) -> Router {
    images::router(server.clone()).merge(consent::router(server.clone())).merge(checkout::router(server))
}
