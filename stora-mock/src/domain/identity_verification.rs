//! Identity verifications (section 20 of the description of the business).

use serde::{Deserialize, Serialize};

use super::contact::{Contact, IdentityCheck, IdentityCheckStatus};
use super::event::EventKind;
use super::ids::{ContactId, IdentityVerificationId};
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// One attempt of a contact to prove its identity (Z1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityVerification {
    /// Its id.
    pub id: IdentityVerificationId,
    /// Who.
    pub contact: ContactId,
    /// When it began.
    pub created_at: Timestamp,
    /// Why it failed: the word of a [`VerificationError`].
    pub error_code: Option<String>,
    /// How it stands.
    pub status: VerificationStatus,
    /// When it last changed.
    pub updated_at: Timestamp,
}

words! {
    /// How an attempt stands.
    VerificationStatus {
        Failed = "failed",
        Processing = "processing",
        Succeeded = "succeeded",
    }

    /// Why an attempt failed: the codes of the provider of the check.
    VerificationError {
        Abandoned = "abandoned",
        ConsentDeclined = "consent_declined",
        CountryNotSupported = "country_not_supported",
        DeviceNotSupported = "device_not_supported",
        DocumentExpired = "document_expired",
        DocumentTypeNotSupported = "document_type_not_supported",
        DocumentUnverifiedOther = "document_unverified_other",
        EmailUnverifiedOther = "email_unverified_other",
        EmailVerificationDeclined = "email_verification_declined",
        IdNumberInsufficientDocumentData = "id_number_insufficient_document_data",
        IdNumberMismatch = "id_number_mismatch",
        IdNumberUnverifiedOther = "id_number_unverified_other",
        PhoneUnverifiedOther = "phone_unverified_other",
        PhoneVerificationDeclined = "phone_verification_declined",
        SelfieDocumentMissingPhoto = "selfie_document_missing_photo",
        SelfieFaceMismatch = "selfie_face_mismatch",
        SelfieManipulated = "selfie_manipulated",
        SelfieUnverifiedOther = "selfie_unverified_other",
        UnderSupportedAge = "under_supported_age",
    }
}

impl IdentityVerification {
    /// Begins an attempt of a contact to prove its identity: the customer goes through the check in the portal.
    ///
    /// A contact may try whether or not its identity must be checked.
    ///
    /// # Errors
    /// Not found: the contact; a conflict while an attempt is processing, since only a failed one can be followed by another
    /// (Z1), and for good after a success (Z3).
    pub fn begin(world: &mut World, at: Timestamp, contact: ContactId) -> Result<IdentityVerificationId, Refusal> {
        if !world.contacts.contains(contact) {
            return Err(Refusal::NotFound);
        }
        if let Some(newest) = Self::newest(world, contact) {
            let refused = |rule, how| {
                let reason = format!("The identity verification {} of the contact {contact} {how}.", newest.id);
                Err(Refusal::conflict(rule, reason))
            };
            match newest.status {
                VerificationStatus::Succeeded => return refused("Z3", "has succeeded"),
                VerificationStatus::Processing => return refused("Z1", "is still processing"),
                VerificationStatus::Failed => {}
            }
        }
        let id = world.ids.fresh();
        let status = VerificationStatus::Processing;
        world.identity_verifications.insert(Self {
            id,
            contact,
            created_at: at,
            error_code: None,
            status,
            updated_at: at,
        });
        world.tell(EventKind::IdentityVerificationProcessing, id, at);
        follow(world, at, contact, status);
        Ok(id)
    }

    /// Ends an attempt well, as the provider of the check says (Z5).
    ///
    /// # Errors
    /// Not found; a conflict when it has ended already (Z1).
    pub fn succeed(world: &mut World, at: Timestamp, id: IdentityVerificationId) -> Result<(), Refusal> {
        Self::end(world, at, id, None)
    }

    /// Ends an attempt badly, as the provider of the check says (Z5).
    ///
    /// # Errors
    /// Not found; a conflict when it has ended already (Z1).
    pub fn fail(
        world: &mut World,
        at: Timestamp,
        id: IdentityVerificationId,
        error: VerificationError,
    ) -> Result<(), Refusal> {
        Self::end(world, at, id, Some(error))
    }

    fn end(
        world: &mut World,
        at: Timestamp,
        id: IdentityVerificationId,
        error: Option<VerificationError>,
    ) -> Result<(), Refusal> {
        let attempt = world.identity_verifications.get(id).ok_or(Refusal::NotFound)?;
        if attempt.status != VerificationStatus::Processing {
            let reason = format!("The identity verification {id} has {}, which is final.", attempt.status);
            return Err(Refusal::conflict("Z1", reason));
        }
        let contact = attempt.contact;
        let (status, event) = match error {
            None => (VerificationStatus::Succeeded, EventKind::IdentityVerificationSucceeded),
            Some(_) => (VerificationStatus::Failed, EventKind::IdentityVerificationFailed),
        };
        world.identity_verifications.amend(id, at, |attempt| {
            attempt.status = status;
            attempt.error_code = error.map(|error| error.as_str().to_owned());
        });
        world.tell(event, id, at);
        follow(world, at, contact, status);
        Ok(())
    }

    /// The newest attempt of a contact.
    fn newest(world: &World, contact: ContactId) -> Option<&Self> {
        world.identity_verifications.having("contact_id", &contact.into()).next_back()
    }
}

impl Contact {
    /// Waives the identity check of a contact, by staff. Attempts that were made stay (Z4).
    ///
    /// # Errors
    /// Not found.
    pub fn skip_identity_check(world: &mut World, at: Timestamp, id: ContactId) -> Result<(), Refusal> {
        set_check(world, at, id, IdentityCheck { required: false, status: IdentityCheckStatus::Skipped })
    }

    /// Asks for the identity check of a contact, by staff. How far it is is told by the newest attempt (Z4).
    ///
    /// # Errors
    /// Not found.
    pub fn require_identity_check(world: &mut World, at: Timestamp, id: ContactId) -> Result<(), Refusal> {
        let newest = IdentityVerification::newest(world, id);
        let status = newest.map_or(IdentityCheckStatus::NotAttempted, |newest| newest.status.into());
        set_check(world, at, id, IdentityCheck { required: true, status })
    }
}

impl From<VerificationStatus> for IdentityCheckStatus {
    /// How far the check is whose newest attempt stands so (Z2).
    fn from(status: VerificationStatus) -> Self {
        match status {
            VerificationStatus::Failed => Self::Failed,
            VerificationStatus::Processing => Self::Processing,
            VerificationStatus::Succeeded => Self::Succeeded,
        }
    }
}

fn set_check(world: &mut World, at: Timestamp, id: ContactId, check: IdentityCheck) -> Result<(), Refusal> {
    if !world.contacts.contains(id) {
        return Err(Refusal::NotFound);
    }
    Contact::amend(world, at, id, |contact| contact.identity_check = check);
    Ok(())
}

/// Lets the check of a contact go with its newest attempt (Z2), unless staff waive it: it stays skipped until they ask for it
/// again (Z4).
fn follow(world: &mut World, at: Timestamp, contact: ContactId, status: VerificationStatus) {
    Contact::amend(world, at, contact, |contact| {
        if contact.identity_check.status != IdentityCheckStatus::Skipped {
            contact.identity_check.status = status.into();
        }
    });
}

impl Record for IdentityVerification {
    record_fields!(id: IdentityVerificationId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("status", self.status.as_str().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::EventKind::{
        ContactUpdated, IdentityVerificationFailed, IdentityVerificationProcessing, IdentityVerificationSucceeded,
    };
    use crate::domain::fixtures::{Shop, at, kinds, rule};
    use crate::domain::ids::Id;

    /// Carries out an act on a day. Gives what it gave and the types of its events.
    fn act<R>(
        shop: &mut Shop,
        day: &str,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, Refusal>,
    ) -> Result<(R, Vec<EventKind>), Refusal> {
        shop.world.transact(|world| act(world, at(day))).map(|(result, events)| (result, kinds(&events)))
    }

    fn begin(shop: &mut Shop) -> Result<(IdentityVerificationId, Vec<EventKind>), Refusal> {
        let contact = shop.contact;
        act(shop, "2026-03-02", |world, at| IdentityVerification::begin(world, at, contact))
    }

    fn succeed(shop: &mut Shop, id: IdentityVerificationId) -> Result<Vec<EventKind>, Refusal> {
        act(shop, "2026-03-03", |world, at| IdentityVerification::succeed(world, at, id)).map(|(_, told)| told)
    }

    fn fail(shop: &mut Shop, id: IdentityVerificationId) -> Result<Vec<EventKind>, Refusal> {
        let error = VerificationError::DocumentExpired;
        act(shop, "2026-03-03", |world, at| IdentityVerification::fail(world, at, id, error)).map(|(_, told)| told)
    }

    fn skip(shop: &mut Shop) -> Vec<EventKind> {
        let contact = shop.contact;
        act(shop, "2026-03-04", |world, at| Contact::skip_identity_check(world, at, contact)).unwrap().1
    }

    fn require(shop: &mut Shop) -> Vec<EventKind> {
        let contact = shop.contact;
        act(shop, "2026-03-04", |world, at| Contact::require_identity_check(world, at, contact)).unwrap().1
    }

    /// Whether the contact must prove its identity, and how far that is.
    fn check(shop: &Shop) -> (bool, &'static str) {
        let check = shop.world.contacts.get(shop.contact).unwrap().identity_check;
        (check.required, check.status.as_str())
    }

    #[test]
    fn an_attempt_begins_as_processing_and_the_contact_follows() {
        // Z1, Z2
        let mut shop = Shop::new();
        let (id, told) = begin(&mut shop).unwrap();
        assert_eq!(told, [IdentityVerificationProcessing, ContactUpdated]);
        let attempt = shop.world.identity_verifications.get(id).unwrap();
        assert_eq!((attempt.contact, attempt.status), (shop.contact, VerificationStatus::Processing));
        assert_eq!((&attempt.error_code, attempt.updated_at), (&None, at("2026-03-02")));
        assert_eq!(check(&shop), (false, "processing"));
    }

    #[test]
    fn a_failed_attempt_keeps_its_code_and_can_be_followed_by_another() {
        // Z1, Z2, Z5
        let mut shop = Shop::new();
        let (first, _) = begin(&mut shop).unwrap();
        assert_eq!(fail(&mut shop, first), Ok(vec![IdentityVerificationFailed, ContactUpdated]));
        assert_eq!(check(&shop), (false, "failed"));
        let (second, _) = begin(&mut shop).unwrap();
        assert_ne!(first, second);
        assert_eq!(check(&shop), (false, "processing"));
        assert_eq!(succeed(&mut shop, second), Ok(vec![IdentityVerificationSucceeded, ContactUpdated]));
        assert_eq!(check(&shop), (false, "succeeded"));
        let attempt = |id| shop.world.identity_verifications.get(id).unwrap();
        assert_eq!(attempt(first).status, VerificationStatus::Failed);
        assert_eq!(attempt(first).error_code.as_deref(), Some("document_expired"));
        assert_eq!((attempt(second).status, &attempt(second).error_code), (VerificationStatus::Succeeded, &None));
        assert_eq!(attempt(second).updated_at, at("2026-03-03"));
    }

    #[test]
    fn no_attempt_is_accepted_beside_one_that_is_processing_or_after_a_success() {
        let mut shop = Shop::new();
        let (id, _) = begin(&mut shop).unwrap();
        assert_eq!(rule(begin(&mut shop)), "Z1");
        succeed(&mut shop, id).unwrap();
        assert_eq!(rule(begin(&mut shop)), "Z3");
    }

    #[test]
    fn an_attempt_that_has_ended_never_changes_again() {
        let mut shop = Shop::new();
        let (id, _) = begin(&mut shop).unwrap();
        fail(&mut shop, id).unwrap();
        assert_eq!(rule(succeed(&mut shop, id)), "Z1");
        assert_eq!(rule(fail(&mut shop, id)), "Z1");
        let (id, _) = begin(&mut shop).unwrap();
        succeed(&mut shop, id).unwrap();
        assert_eq!(rule(succeed(&mut shop, id)), "Z1");
        assert_eq!(rule(fail(&mut shop, id)), "Z1");
    }

    #[test]
    fn a_waived_check_stays_so_whatever_becomes_of_attempts_until_it_is_asked_for_again() {
        // Z4
        let mut shop = Shop::new();
        let (first, _) = begin(&mut shop).unwrap();
        assert_eq!(skip(&mut shop), [ContactUpdated]);
        assert_eq!(check(&shop), (false, "skipped"));
        assert_eq!(fail(&mut shop, first), Ok(vec![IdentityVerificationFailed]));
        let (second, told) = begin(&mut shop).unwrap();
        assert_eq!(told, [IdentityVerificationProcessing]);
        assert_eq!(check(&shop), (false, "skipped"));
        assert_eq!(require(&mut shop), [ContactUpdated]);
        assert_eq!(check(&shop), (true, "processing"));
        assert_eq!(succeed(&mut shop, second), Ok(vec![IdentityVerificationSucceeded, ContactUpdated]));
        assert_eq!(check(&shop), (true, "succeeded"));
        assert_eq!(shop.world.identity_verifications.len(), 2);
    }

    #[test]
    fn a_check_can_be_asked_for_before_any_attempt_and_twice_is_as_once() {
        let mut shop = Shop::new();
        assert_eq!(require(&mut shop), [ContactUpdated]);
        assert_eq!(check(&shop), (true, "not_attempted"));
        assert_eq!(require(&mut shop), []);
        assert_eq!(skip(&mut shop), [ContactUpdated]);
        assert_eq!(skip(&mut shop), []);
        assert_eq!(require(&mut shop), [ContactUpdated]);
        assert_eq!(check(&shop), (true, "not_attempted"));
    }

    #[test]
    fn nothing_happens_to_what_there_is_not() {
        let mut shop = Shop::new();
        assert_eq!(succeed(&mut shop, Id::new(1)), Err(Refusal::NotFound));
        assert_eq!(fail(&mut shop, Id::new(1)), Err(Refusal::NotFound));
        shop.contact = Id::new(1);
        assert_eq!(begin(&mut shop), Err(Refusal::NotFound));
        let (world, contact) = (&mut shop.world, shop.contact);
        assert_eq!(Contact::skip_identity_check(world, at("2026-03-02"), contact), Err(Refusal::NotFound));
        assert_eq!(Contact::require_identity_check(world, at("2026-03-02"), contact), Err(Refusal::NotFound));
    }
}
