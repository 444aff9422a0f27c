//! Access tokens and applications. They have no operations of their own and appear only as expanded creators, never with a
//! secret or a client id (platform.yaml, decisions).

use stora_client::types;

use super::{View, moment, wire_id};
use crate::domain::ids::{AccessTokenId, ApplicationId};

impl View<'_> {
    /// An access token, if there is one of this id. A revoked one is shown like any other.
    pub(super) fn access_token(&self, id: AccessTokenId) -> Option<types::AccessToken> {
        let token = self.world.access.access_token(id)?;
        Some(types::AccessToken {
            id: wire_id(token.id),
            created_at: moment(token.created_at),
            name: token.name.clone(),
            updated_at: moment(token.updated_at),
            extra: Default::default(),
        })
    }

    /// An application, if there is one of this id.
    pub(super) fn application(&self, id: ApplicationId) -> Option<types::Application> {
        let application = self.world.access.application(id)?;
        Some(types::Application {
            id: wire_id(application.id),
            created_at: moment(application.created_at),
            name: application.name.clone(),
            updated_at: moment(application.updated_at),
            extra: Default::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::super::to_json;
    use crate::domain::ids::Id;

    #[test]
    fn neither_secrets_nor_client_ids_nor_scopes_are_shown() {
        let sample = Sample::new();
        let (token, application) = (
            sample.world.access.access_tokens().next().unwrap().id,
            sample.world.access.applications().next().unwrap().id,
        );
        let view = sample.view();
        let shown = [
            (to_json(&view.access_token(token)), token.any(), "Nightly export"),
            (to_json(&view.application(application)), application.any(), "Partner"),
        ];
        for (json, id, name) in shown {
            let at = "2026-03-02T10:00:00Z";
            let expected = json!({"id": id.to_string(), "created_at": at, "name": name, "updated_at": at});
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), expected);
        }
    }
}
