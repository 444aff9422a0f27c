//! Identity verifications.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::identity_verification::IdentityVerification;
use crate::store::{Table, World};

impl Show for IdentityVerification {
    type Wire = types::IdentityVerification;

    fn table(world: &World) -> &Table<Self> {
        &world.identity_verifications
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::IdentityVerification {
        types::IdentityVerification {
            id: wire_id(self.id),
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            created_at: moment(self.created_at),
            error_code: self.error_code.as_deref().map(Into::into),
            status: self.status.as_str().into(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::Sample;
    use super::*;
    use crate::domain::identity_verification::VerificationStatus;

    #[test]
    fn only_a_failure_has_a_code() {
        let mut sample = Sample::new();
        assert_eq!(sample.json::<IdentityVerification>(&ExpandTree::default())["error_code"], "document_expired");
        let succeeded = |verification: &mut IdentityVerification| {
            verification.status = VerificationStatus::Succeeded;
            verification.error_code = None;
        };
        let json = sample.json_after(|world| &mut world.identity_verifications, succeeded);
        assert_eq!(json.get("error_code"), Some(&Value::Null));
    }
}
