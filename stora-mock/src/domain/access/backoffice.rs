//! What staff do in the Backoffice: make, change and end access tokens, and register applications.

use super::Access;
use super::records::{AccessToken, Application, ConsentMode};
use super::scopes::ScopeList;
use super::secrets::{Issued, Secret, SecretHash};
use crate::domain::ids::{AccessTokenId, ApplicationId, IdSource};
use crate::domain::refusal::{Fault, Refusal};
use crate::domain::time::Timestamp;

/// An access token to make.
#[derive(Debug, Clone, Default)]
pub struct NewAccessToken {
    /// Its name.
    pub name: String,
    /// The names of its scopes. Without any it authenticates and may do nothing.
    pub scopes: Vec<String>,
    /// From when on it is expired; `None` if it never is.
    pub expires_at: Option<Timestamp>,
    /// Its value, if that is not to be made up: visible ASCII characters.
    pub value: Option<Secret>,
}

/// An application to register.
#[derive(Debug, Clone, Default)]
pub struct NewApplication {
    /// Its name.
    pub name: String,
    /// Its client id, if that is not to be made up: visible ASCII characters.
    pub client_id: Option<String>,
    /// Its secret, if that is not to be made up: visible ASCII characters.
    pub client_secret: Option<Secret>,
    /// Where the browser may be sent after the question for consent: absolute addresses without fragment.
    pub redirect_uris: Vec<String>,
    /// The names of the scopes it may ask for.
    pub scopes: Vec<String>,
    /// What becomes of its questions for consent.
    pub consent: ConsentMode,
}

impl Access {
    /// Makes an access token. Its value is not to be had again.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with a pointer to `/scopes/…` for a scope that does not exist, and to `/value` for a value that is
    /// in use, or was, or cannot be sent as a bearer token.
    pub fn add_access_token(
        &mut self,
        new: NewAccessToken,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> Result<Issued<AccessTokenId>, Refusal> {
        let mut faults = Vec::new();
        let scopes = self.scope_list(&new.scopes, &mut faults);
        if let Some(value) = &new.value {
            check_text("/value", value.expose(), &mut faults);
            if self.is_known(&value.hash()) {
                faults.push(Fault::new("/value", "This value is in use, or was."));
            }
        }
        refuse_if_any(faults)?;
        let value = new.value.unwrap_or_else(|| Secret::generate(ids));
        let id = ids.fresh();
        self.access_tokens.put(AccessToken {
            id,
            name: new.name,
            hash: value.hash(),
            scopes,
            created_at: now,
            updated_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
        });
        Ok(Issued { id, value })
    }

    /// Gives an access token other scopes.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown id, and [`Refusal::Invalid`] with a pointer to `/scopes/…` for a scope that does not
    /// exist.
    #[cfg_attr(not(test), allow(dead_code, reason = "the control API is to offer it"))]
    pub fn set_access_token_scopes(
        &mut self,
        id: AccessTokenId,
        scopes: &[String],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        let scopes = self.scope_list(scopes, &mut faults);
        self.access_token(id).ok_or(Refusal::NotFound)?;
        refuse_if_any(faults)?;
        self.change_access_token(id, now, |token| token.scopes = scopes)
    }

    /// Ends an access token as its expiry date does. One that is expired stays as it is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown id.
    #[cfg_attr(not(test), allow(dead_code, reason = "the control API is to offer it"))]
    pub fn expire_access_token(&mut self, id: AccessTokenId, now: Timestamp) -> Result<(), Refusal> {
        self.change_access_token(id, now, |token| {
            token.expires_at = Some(token.expires_at.map_or(now, |expires_at| expires_at.min(now)));
        })
    }

    /// Revokes an access token. One that is revoked stays as it is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown id.
    pub fn revoke_access_token(&mut self, id: AccessTokenId, now: Timestamp) -> Result<(), Refusal> {
        self.change_access_token(id, now, |token| {
            token.revoked_at.get_or_insert(now);
        })
    }

    /// Registers an application. Its secret is not to be had again.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with a pointer to `/scopes/…` for a scope that does not exist, to `/redirect_uris/…` for one that
    /// is no absolute address or has a fragment, to `/client_id` for one that is taken or has other than visible ASCII
    /// characters, and to `/client_secret` for one with other than these.
    pub fn add_application(
        &mut self,
        new: NewApplication,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> Result<Issued<ApplicationId>, Refusal> {
        let mut faults = Vec::new();
        let scopes = self.scope_list(&new.scopes, &mut faults);
        for (i, uri) in new.redirect_uris.iter().enumerate() {
            if !is_redirect_uri(uri) {
                let reason = "A redirect address is absolute, of visible ASCII characters, and without a fragment.";
                faults.push(Fault::new(format!("/redirect_uris/{i}"), reason));
            }
        }
        if let Some(client_id) = &new.client_id {
            check_text("/client_id", client_id, &mut faults);
            if self.application_by_client_id(client_id).is_some() {
                faults.push(Fault::new("/client_id", "Another application has this client id."));
            }
        }
        if let Some(secret) = &new.client_secret {
            check_text("/client_secret", secret.expose(), &mut faults);
        }
        refuse_if_any(faults)?;
        let value = new.client_secret.unwrap_or_else(|| Secret::generate(ids));
        let id = ids.fresh();
        self.applications.put(Application {
            id,
            client_id: new.client_id.unwrap_or_else(|| Secret::generate(ids).expose().to_owned()),
            name: new.name,
            secret_hash: value.hash(),
            redirect_uris: new.redirect_uris,
            scopes,
            consent: new.consent,
            created_at: now,
            updated_at: now,
            revoked_at: None,
        });
        Ok(Issued { id, value })
    }

    /// Revokes an application, and with it all its tokens and codes. Its client id can be had again; it stays to be seen as a
    /// creator. One that is revoked stays as it is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown id.
    pub fn revoke_application(&mut self, id: ApplicationId, now: Timestamp) -> Result<(), Refusal> {
        let application = self.application(id).ok_or(Refusal::NotFound)?;
        if application.revoked_at.is_some() {
            return Ok(());
        }
        let revoked = Application { revoked_at: Some(now), updated_at: now, ..application.clone() };
        self.applications.put(revoked);
        let tokens: Vec<_> =
            self.tokens.iter().filter(|token| token.application == id).map(|token| token.hash).collect();
        tokens.iter().for_each(|token| self.kill(token));
        let codes: Vec<_> = self.codes.iter().filter(|code| code.application == id).map(|code| code.hash).collect();
        codes.iter().for_each(|code| self.codes.remove(code));
        Ok(())
    }

    /// Locks out whoever may call so far: every token and application is revoked, and the values of the tokens are forgotten, so
    /// that others can have them. All stay to be seen as creators.
    pub fn lock_out(&mut self, now: Timestamp, ids: &mut IdSource) {
        let tokens: Vec<AccessToken> = self.access_tokens.iter().cloned().collect();
        for token in tokens {
            let hash = Secret::generate(ids).hash();
            let revoked_at = token.revoked_at.or(Some(now));
            self.access_tokens.put(AccessToken { hash, revoked_at, updated_at: now, ..token });
        }
        let applications: Vec<ApplicationId> = self.applications.iter().map(|application| application.id).collect();
        for id in applications {
            // They are there: nothing but this has changed them.
            let _ = self.revoke_application(id, now);
        }
    }

    /// Turns the switch that says what becomes of an application's questions for consent.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown id.
    pub fn set_consent(&mut self, id: ApplicationId, consent: ConsentMode) -> Result<(), Refusal> {
        let application = self.application(id).ok_or(Refusal::NotFound)?.clone();
        self.applications.put(Application { consent, ..application });
        Ok(())
    }

    /// The access token of an id.
    pub fn access_token(&self, id: AccessTokenId) -> Option<&AccessToken> {
        self.access_tokens.get(&id)
    }

    /// All access tokens, dead ones too, in the order of their ids.
    pub fn access_tokens(&self) -> impl ExactSizeIterator<Item = &AccessToken> {
        self.access_tokens.iter()
    }

    /// The application of an id.
    pub fn application(&self, id: ApplicationId) -> Option<&Application> {
        self.applications.get(&id)
    }

    /// The application that names itself by a client id, and is not revoked.
    pub fn application_by_client_id(&self, client_id: &str) -> Option<&Application> {
        self.applications.by_alias(client_id)
    }

    /// All applications, revoked ones too, in the order of their ids.
    pub fn applications(&self) -> impl ExactSizeIterator<Item = &Application> {
        self.applications.iter()
    }

    /// The client ids that applications can name themselves by.
    pub fn client_ids(&self) -> impl Iterator<Item = &str> {
        self.applications().filter(|one| one.revoked_at.is_none()).map(|one| one.client_id.as_str())
    }

    /// Changes an access token. A change that leaves it as it was does not move `updated_at`.
    fn change_access_token(
        &mut self,
        id: AccessTokenId,
        now: Timestamp,
        change: impl FnOnce(&mut AccessToken),
    ) -> Result<(), Refusal> {
        let before = self.access_token(id).ok_or(Refusal::NotFound)?;
        let mut token = before.clone();
        change(&mut token);
        if token != *before {
            token.updated_at = now;
            self.access_tokens.put(token);
        }
        Ok(())
    }

    /// The scopes of names, with one fault for each that does not exist.
    fn scope_list(&self, names: &[String], faults: &mut Vec<Fault>) -> ScopeList {
        let mut list = ScopeList::default();
        for (i, name) in names.iter().enumerate() {
            match self.scopes.place(name) {
                Some(place) => list.push(place),
                None => faults.push(Fault::new(format!("/scopes/{i}"), "This scope does not exist.")),
            }
        }
        list
    }

    /// Whether a hash is that of an access token, alive or dead as far as is remembered.
    fn is_known(&self, hash: &SecretHash) -> bool {
        self.access_tokens.by_alias(hash).is_some()
            || self.tokens.get(hash).is_some()
            || self.dead.by_alias(hash).is_some()
    }
}

/// Adds a fault unless a text can stand in a header and in a form field of OAuth.
fn check_text(pointer: &str, text: &str, faults: &mut Vec<Fault>) {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        faults.push(Fault::new(pointer, "This takes visible ASCII characters, and at least one."));
    }
}

fn is_redirect_uri(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && uri.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
}

fn refuse_if_any(faults: Vec<Fault>) -> Result<(), Refusal> {
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{OAuthError, TokenFault, TokenRequest};
    use super::*;

    /// Where the faults of a refusal point.
    fn pointers<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<String> {
        match result {
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_has_the_scopes_chosen_at_creation_until_they_are_changed() {
        let mut office = Office::open();
        let token = office.staff_token(&[CONTACT_READ], None);
        let principal = office.authenticate(&token.value).unwrap();
        assert_eq!(principal.credential, token.id.into());
        assert!(principal.may(CONTACT_READ) && !principal.may(UNIT_READ) && !principal.may("nothing"));

        office.wait(5);
        office.access.set_access_token_scopes(token.id, &[UNIT_READ.to_owned()], office.now).unwrap();
        let principal = office.authenticate(&token.value).unwrap();
        assert!(!principal.may(CONTACT_READ) && principal.may(UNIT_READ));
        assert_eq!(office.access.access_token(token.id).unwrap().updated_at, office.now);
        let wrong = office.access.set_access_token_scopes(token.id, &["nothing".to_owned()], office.now);
        assert_eq!(pointers(wrong), ["/scopes/0"]);
    }

    #[test]
    fn a_change_that_changes_nothing_does_not_move_updated_at() {
        let mut office = Office::open();
        let token = office.staff_token(&[CONTACT_READ], Some(office.now));
        let before = office.access.access_token(token.id).unwrap().clone();
        office.wait(5);
        office.access.set_access_token_scopes(token.id, &[CONTACT_READ.to_owned()], office.now).unwrap();
        office.access.expire_access_token(token.id, office.now).unwrap();
        assert_eq!(office.access.access_token(token.id), Some(&before));
        office.access.revoke_access_token(token.id, office.now).unwrap();
        let revoked = office.access.access_token(token.id).unwrap().clone();
        assert_eq!(revoked.revoked_at, Some(office.now));
        office.wait(5);
        office.access.revoke_access_token(token.id, office.now).unwrap();
        assert_eq!(office.access.access_token(token.id), Some(&revoked));
    }

    #[test]
    fn a_token_lives_until_the_expiry_date_chosen_at_creation_or_until_staff_end_it() {
        let mut office = Office::open();
        let dated = office.staff_token(&[], Some(office.now.plus_seconds(10)));
        let (endless, ended, revoked) =
            (office.staff_token(&[], None), office.staff_token(&[], None), office.staff_token(&[], None));
        office.access.expire_access_token(ended.id, office.now).unwrap();
        office.access.revoke_access_token(revoked.id, office.now).unwrap();
        assert_eq!(office.authenticate(&ended.value), Err(TokenFault::Expired));
        assert_eq!(office.authenticate(&revoked.value), Err(TokenFault::Revoked));
        office.wait(9);
        assert!(office.is_alive(&dated.value));
        office.wait(1);
        assert_eq!(office.authenticate(&dated.value), Err(TokenFault::Expired));
        office.wait(100 * 365 * 86_400);
        assert!(office.is_alive(&endless.value));
        assert_eq!(
            office.access.access_tokens().len(),
            4,
            "a dead token stays: it may be the creator of other records"
        );
    }

    #[test]
    fn a_value_may_be_chosen_and_never_again() {
        let mut office = Office::open();
        let new = NewAccessToken { value: Some(Secret::new("my-ci-token")), ..NewAccessToken::default() };
        let token = office.access.add_access_token(new.clone(), office.now, &mut office.ids).unwrap();
        assert!(office.is_alive(&Secret::new("my-ci-token")));
        office.access.revoke_access_token(token.id, office.now).unwrap();
        let again = office.access.add_access_token(new, office.now, &mut office.ids);
        assert_eq!(pointers(again), ["/value"]);
        for value in [office.client_credentials(CONTACT_READ).access_token, Secret::new(""), Secret::new("a b")] {
            let new = NewAccessToken { value: Some(value), ..NewAccessToken::default() };
            assert_eq!(pointers(office.access.add_access_token(new, office.now, &mut office.ids)), ["/value"]);
        }
    }

    #[test]
    fn client_id_and_secret_are_made_up_unless_they_are_given() {
        let mut office = Office::open();
        let new = NewApplication { client_id: None, client_secret: None, ..application("", "") };
        let issued = office.access.add_application(new, office.now, &mut office.ids).unwrap();
        let made = office.access.application(issued.id).unwrap();
        assert_eq!((made.client_id.len(), issued.value.expose().len()), (43, 43));
        let client = credentials(&made.client_id, Some(issued.value.expose()));
        office.ask(&TokenRequest { client, ..client_credentials(CONTACT_READ) }).unwrap();
        office.client_credentials(CONTACT_READ);
    }

    #[test]
    fn an_application_is_refused_with_a_pointer_to_each_fault() {
        let mut office = Office::open();
        let before = office.access.clone();
        let new = NewApplication {
            client_id: Some(CLIENT_ID.to_owned()),
            client_secret: Some(Secret::new("é")),
            redirect_uris: [CALLBACK, "", "/callback", "https://a.example/#top", "https://a.example/\r\nX: y", "1a:b"]
                .map(str::to_owned)
                .to_vec(),
            scopes: vec![CONTACT_READ.to_owned(), "nothing".to_owned()],
            ..application("", "")
        };
        let refused = office.access.add_application(new, office.now, &mut office.ids);
        let expected = [
            "/scopes/1",
            "/redirect_uris/1",
            "/redirect_uris/2",
            "/redirect_uris/3",
            "/redirect_uris/4",
            "/redirect_uris/5",
            "/client_id",
            "/client_secret",
        ];
        assert_eq!(pointers(refused), expected);
        assert_eq!(office.access, before);
    }

    #[test]
    fn an_unknown_id_is_not_found() {
        let mut office = Office::open();
        let token: AccessTokenId = office.ids.fresh();
        let application: ApplicationId = office.ids.fresh();
        assert_eq!(office.access.revoke_access_token(token, office.now), Err(Refusal::NotFound));
        assert_eq!(office.access.expire_access_token(token, office.now), Err(Refusal::NotFound));
        let scopes = ["nothing".to_owned()];
        assert_eq!(office.access.set_access_token_scopes(token, &scopes, office.now), Err(Refusal::NotFound));
        assert_eq!(office.access.set_consent(application, ConsentMode::Deny), Err(Refusal::NotFound));
    }

    #[test]
    fn a_revoked_application_loses_its_tokens_codes_and_client_id_and_stays() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        let (unused, simple) = (office.code(&wish()), office.client_credentials(CONTACT_READ));
        let other = office.other_client();
        let others = office.ask(&by(other, &client_credentials(CONTACT_READ))).unwrap();
        office.access.revoke_application(office.application, office.now).unwrap();
        assert_eq!(office.authenticate(&pair.access_token), Err(TokenFault::Revoked));
        assert_eq!(office.authenticate(&simple.access_token), Err(TokenFault::Revoked));
        assert!(office.is_alive(&others.access_token));
        for request in [refresh(&pair), exchange(&unused), client_credentials(CONTACT_READ)] {
            assert_eq!(office.refusal(&request), OAuthError::InvalidClient);
        }
        let revoked = office.access.application(office.application).unwrap().clone();
        assert_eq!((revoked.revoked_at, revoked.updated_at), (Some(office.now), office.now));
        office.wait(1);
        office.access.revoke_application(office.application, office.now).unwrap();
        assert_eq!(office.access.application(office.application), Some(&revoked));
        office.access.add_application(application(CLIENT_ID, "new"), office.now, &mut office.ids).unwrap();
        assert_eq!(office.refusal(&exchange(&unused)), OAuthError::InvalidClient);
    }

    #[test]
    fn a_lock_out_ends_every_token_and_application_and_keeps_their_rows() {
        let mut office = Office::open();
        let (staff, app) = (office.staff_token(&[CONTACT_READ], None), office.client_credentials(CONTACT_READ));
        office.access.lock_out(office.now, &mut office.ids);
        assert_eq!(office.authenticate(&staff.value), Err(TokenFault::Unknown));
        assert_eq!(office.authenticate(&app.access_token), Err(TokenFault::Revoked));
        assert!(office.access.access_token(staff.id).is_some_and(|token| token.revoked_at.is_some()));
        assert!(office.access.application(office.application).is_some());
        assert_eq!(office.access.client_ids().count(), 0);
    }
}
