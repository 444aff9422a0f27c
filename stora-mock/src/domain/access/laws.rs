//! Laws of [`Access`], held against a plain account of what was given and what has died since.

use proptest::prelude::*;

use super::secrets::Issued;
use super::testing::*;
use super::*;
use crate::domain::ids::AccessTokenId;
use crate::domain::time::Timestamp;

/// What somebody does. A number picks one of the tokens given so far.
#[derive(Debug, Clone)]
enum Act {
    StaffToken {
        lives: Option<u16>,
    },
    ExpireStaffToken(usize),
    RevokeStaffToken(usize),
    ClientCredentials,
    Authorize {
        pkce: bool,
    },
    UseCode {
        code: usize,
        public: bool,
        honest: bool,
    },
    Refresh {
        token: usize,
        fewer: bool,
    },
    RevokeAccess {
        token: usize,
        own: bool,
    },
    RevokeRefresh {
        token: usize,
        own: bool,
    },
    Wait(u16),
    /// All that was done since the last commit is taken back; or it is kept, and the state stored and read back.
    End {
        keep: bool,
    },
}

/// What the account knows of an access token. A pair is one entry per access token, with the number of its code.
#[derive(Debug, Clone)]
struct Given {
    value: Secret,
    staff: Option<AccessTokenId>,
    refresh: Option<Secret>,
    code: Option<usize>,
    expires_at: Option<Timestamp>,
    killed: bool,
}

#[derive(Debug, Clone)]
struct Code {
    value: Secret,
    pkce: bool,
    expires_at: Timestamp,
    used: bool,
}

#[derive(Debug, Clone, Default)]
struct Account {
    given: Vec<Given>,
    codes: Vec<Code>,
}

impl Account {
    fn give(&mut self, answer: &TokenAnswer, code: Option<usize>) {
        self.given.push(Given {
            value: answer.access_token.clone(),
            staff: None,
            refresh: answer.refresh_token.clone(),
            code,
            expires_at: Some(answer.created_at.plus_seconds(7200)),
            killed: false,
        });
    }

    fn pick(&mut self, number: usize, suits: impl Fn(&Given) -> bool) -> Option<&mut Given> {
        let mut suitable: Vec<&mut Given> = self.given.iter_mut().filter(|given| suits(given)).collect();
        let number = number.checked_rem(suitable.len())?;
        Some(suitable.swap_remove(number))
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let any_of = 0_usize..1000;
    let act =
        prop_oneof![
            prop::option::of(0_u16..9000).prop_map(|lives| Act::StaffToken { lives }),
            any_of.clone().prop_map(Act::ExpireStaffToken),
            any_of.clone().prop_map(Act::RevokeStaffToken),
            Just(Act::ClientCredentials),
            any::<bool>().prop_map(|pkce| Act::Authorize { pkce }),
            (any_of.clone(), any::<bool>(), prop::bool::weighted(0.8))
                .prop_map(|(code, public, honest)| Act::UseCode { code, public, honest }),
            (any_of.clone(), any::<bool>()).prop_map(|(token, fewer)| Act::Refresh { token, fewer }),
            (any_of.clone(), prop::bool::weighted(0.8)).prop_map(|(token, own)| Act::RevokeAccess { token, own }),
            (any_of, prop::bool::weighted(0.8)).prop_map(|(token, own)| Act::RevokeRefresh { token, own }),
            (0_u16..4000).prop_map(Act::Wait),
            any::<bool>().prop_map(|keep| Act::End { keep }),
        ];
    prop::collection::vec(act, 1..60)
}

/// Does one act in the office and in the account.
fn perform(act: &Act, office: &mut Office, account: &mut Account) {
    let now = office.now;
    match *act {
        Act::StaffToken { lives } => {
            let expires_at = lives.map(|seconds| now.plus_seconds(seconds.into()));
            let Issued { id, value } = office.staff_token(&[CONTACT_READ], expires_at);
            account.given.push(Given { value, staff: Some(id), refresh: None, code: None, expires_at, killed: false });
        }
        Act::ExpireStaffToken(number) | Act::RevokeStaffToken(number) => {
            if let Some(given) = account.pick(number, |given| given.staff.is_some()) {
                let id = given.staff.unwrap();
                match act {
                    Act::ExpireStaffToken(_) => office.access.expire_access_token(id, now).unwrap(),
                    _ => office.access.revoke_access_token(id, now).unwrap(),
                }
                given.killed = true;
            }
        }
        Act::ClientCredentials => {
            let answer = office.client_credentials(CONTACT_READ);
            account.give(&answer, None);
        }
        Act::Authorize { pkce } => {
            let value = office.code(&if pkce { pkce_wish() } else { wish() });
            account.codes.push(Code { value, pkce, expires_at: now.plus_seconds(600), used: false });
        }
        Act::UseCode { code, public, honest } => {
            let Some(number) = code.checked_rem(account.codes.len()) else { return };
            let code = account.codes[number].clone();
            let request = if code.pkce { public_exchange(&code.value) } else { exchange(&code.value) };
            let client = if public { self::public() } else { confidential() };
            let redirect_uri = Some(if honest { CALLBACK } else { "https://thief.example" }.to_owned());
            let answer = office.ask(&TokenRequest { client, redirect_uri, ..request });
            let identified = code.pkce || !public;
            let good = identified && honest && !code.used && now < code.expires_at;
            assert_eq!(answer.is_ok(), good, "{code:?} {answer:?}");
            if identified && code.used {
                for given in account.given.iter_mut().filter(|given| given.code == Some(number)) {
                    given.killed = true;
                }
            }
            if let Ok(answer) = answer {
                account.codes[number].used = true;
                account.give(&answer, Some(number));
            }
        }
        Act::Refresh { token, fewer } => {
            let Some(given) = account.pick(token, |given| given.refresh.is_some()) else { return };
            let scope = fewer.then(|| ORDER_READ.to_owned());
            let request = TokenRequest { refresh_token: given.refresh.clone(), scope, ..request("refresh_token") };
            let answer = office.ask(&request);
            assert_eq!(answer.is_ok(), !given.killed, "{given:?} {answer:?}");
            given.killed = true;
            let code = given.code;
            if let Ok(answer) = answer {
                account.give(&answer, code);
            }
        }
        Act::RevokeAccess { token, own } | Act::RevokeRefresh { token, own } => {
            let refresh = matches!(act, Act::RevokeRefresh { .. });
            let suits = |given: &Given| given.staff.is_none() && (!refresh || given.refresh.is_some());
            let Some(given) = account.pick(token, suits) else { return };
            let value = given.refresh.clone().filter(|_| refresh).unwrap_or_else(|| given.value.clone());
            let client = if own { confidential() } else { credentials("other-client", Some("other-secret")) };
            let done = office.access.revoke(&RevokeRequest { client, ..revocation(&value) }, now);
            assert!(done.is_ok() || !own, "{done:?}");
            given.killed |= own;
        }
        Act::Wait(seconds) => office.wait(seconds.into()),
        Act::End { .. } => {}
    }
}

proptest! {
    #[test]
    fn no_sequence_of_calls_lets_a_killed_or_expired_token_authenticate(acts in acts()) {
        let mut office = Office::open();
        office.other_client();
        let mut account = Account::default();
        let mut kept = (office.access.clone(), account.clone());
        office.access.begin();
        for act in acts {
            perform(&act, &mut office, &mut account);
            if let Act::End { keep } = act {
                if keep {
                    office.access.commit();
                    let stored = serde_json::to_string(&office.access).unwrap();
                    let restored: Access = serde_json::from_str(&stored).unwrap();
                    prop_assert_eq!(&restored, &office.access);
                    office.access = restored;
                    kept = (office.access.clone(), account.clone());
                } else {
                    office.access.rollback();
                    account = kept.1.clone();
                    prop_assert_eq!(&office.access, &kept.0);
                }
                office.access.begin();
            }
            for given in &account.given {
                let alive = !given.killed && given.expires_at.is_none_or(|expires_at| office.now < expires_at);
                prop_assert_eq!(office.is_alive(&given.value), alive, "{:?}", given);
                if let Some(refresh) = &given.refresh {
                    prop_assert!(!office.is_alive(refresh));
                }
            }
        }
    }
}
