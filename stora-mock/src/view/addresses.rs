//! Where the server and its neighbours are.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Where the server and its neighbours are: what links are made of.
#[derive(Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The server itself, without a slash at the end, such as `http://127.0.0.1:4010`.
    pub server: String,
    /// What addresses of pictures are signed with.
    pub picture_key: [u8; 32],
    /// `meta.curies` of every answer, as JSON.
    pub curies: String,
}

#[derive(Serialize)]
struct Curie<'a> {
    name: &'a str,
    href: &'a str,
    templated: bool,
    title: &'a str,
}

impl Addresses {
    /// The addresses of a server. `backoffice` and `storefront` are URI templates that hold `{rel}`; by default they are below
    /// the server.
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    pub fn new(server: &str, backoffice: Option<&str>, storefront: Option<&str>, picture_key: [u8; 32]) -> Self {
        let server = server.trim_end_matches('/').to_owned();
        let curie = |name: &str, href: Option<&str>, path: &str, title: &str| {
            let href = href.map_or_else(|| format!("{server}/{path}{{rel}}"), str::to_owned);
            serde_json::to_string(&Curie { name, href: &href, templated: true, title })
                .expect("a struct of texts and a flag is always JSON")
        };
        let curies = format!(
            "[{},{}]",
            curie("bo", backoffice, "backoffice", "Backoffice"),
            curie("sf", storefront, "storefront", "Storefront")
        );
        Self { server, picture_key, curies }
    }

    /// The same for one operator: records of others may have the same ids, and their pictures are other ones.
    #[must_use]
    pub fn of_operator(&self, operator: &str) -> Self {
        let picture_key = Sha256::new_with_prefix(self.picture_key).chain_update(operator).finalize().into();
        Self { picture_key, ..self.clone() }
    }
}

impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Addresses").field("server", &self.server).finish_non_exhaustive()
    }
}
