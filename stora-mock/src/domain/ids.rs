//! Ids: a prefix that names the kind, then sixteen lower-case hexadecimal digits.
//!
//! Inside, an id is a number; the text is made where it is shown. Ids of one kind and operator come from a counter, sent through
//! a permutation that the seed picks: they look random, are the same for the same seed and calls, and never come twice.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An id of one kind of record.
pub trait Id: Copy + Eq + Ord + std::hash::Hash + fmt::Display + fmt::Debug + Send + Sync + 'static {
    /// Which kind it is.
    const KIND: Kind;

    /// The id of a number.
    fn new(number: u64) -> Self;

    /// Its number.
    fn number(self) -> u64;

    /// The id that a text spells, if it is one of this kind.
    fn parse(text: &str) -> Option<Self> {
        AnyId::parse(text).filter(|id| id.kind == Self::KIND).map(|id| Self::new(id.number))
    }

    /// The id beside its kind.
    fn any(self) -> AnyId {
        AnyId { kind: Self::KIND, number: self.number() }
    }
}

/// An id of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnyId {
    /// Which kind it is.
    pub kind: Kind,
    /// Its number.
    pub number: u64,
}

impl AnyId {
    /// The id that a text spells, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_once('_')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
        let well_formed = digits.len() == 16 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(digits, 16).ok().filter(|_| well_formed)?;
        Some(Self { kind, number })
    }

    /// The id as one of a kind, if it is.
    pub fn of<I: Id>(self) -> Option<I> {
        (self.kind == I::KIND).then(|| I::new(self.number))
    }
}

impl fmt::Display for AnyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{:016x}", self.kind.prefix(), self.number)
    }
}

impl Serialize for AnyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not an id")))
    }
}

/// A text is no id of the kind it was to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id of this kind")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! kinds {
    ($($name:ident $kind:ident $prefix:literal $noun:literal,)*) => {
        /// The kinds of records that have ids.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = concat!("`", $prefix, "_`")] $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: [Self; { [$($prefix),*].len() }] = [$(Self::$kind),*];

            /// What stands before the underscore.
            pub const fn prefix(self) -> &'static str {
                match self {
                    $(Self::$kind => $prefix,)*
                }
            }

            /// What a record of the kind is called in sentences.
            pub const fn noun(self) -> &'static str {
                match self {
                    $(Self::$kind => $noun,)*
                }
            }
        }

        $(
            #[doc = concat!("An id such as `", $prefix, "_5b8e0f3a91c2d477`.")]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u64);

            impl Id for $name {
                const KIND: Kind = Kind::$kind;

                fn new(number: u64) -> Self {
                    Self(number)
                }

                fn number(self) -> u64 {
                    self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.any().fmt(f)
                }
            }

            impl FromStr for $name {
                type Err = NotAnId;
                fn from_str(text: &str) -> Result<Self, NotAnId> {
                    Self::parse(text).ok_or(NotAnId)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    text.parse().map_err(|_| {
                        D::Error::custom(format!("`{text}` is not `{}_` and sixteen lower-case hexadecimal digits", $prefix))
                    })
                }
            }

            impl From<$name> for AnyId {
                fn from(id: $name) -> Self {
                    id.any()
                }
            }
        )*
    };
}

kinds! {
    ContactId Contact "con" "contact",
    SiteId Site "site" "site",
    UnitTypeId UnitType "utype" "unit type",
    UnitId Unit "unit" "unit",
    UnitAllocationId UnitAllocation "alloc" "unit allocation",
    TenancyId Tenancy "ten" "tenancy",
    SubscriptionId Subscription "sub" "subscription",
    OrderId Order "order" "order",
    OrderLineItemId OrderLineItem "olitm" "line item",
    CouponId Coupon "cpn" "coupon",
    ContractId Contract "ctr" "contract",
    ContractTemplateId ContractTemplate "ctpl" "contract template",
    InvoiceId Invoice "inv" "invoice",
    CreditNoteId CreditNote "cred" "credit note",
    NoteId Note "note" "note",
    TaskId Task "task" "task",
    StaffId Staff "staff" "staff member",
    AccessTokenId AccessToken "tok" "access token",
    ApplicationId Application "app" "application",
    TimelineSourceId TimelineSource "tsrc" "timeline source",
    TimelineTemplateId TimelineTemplate "aetpl" "timeline template",
    TimelineEventId TimelineEvent "aevt" "timeline event",
    WebhookEndpointId WebhookEndpoint "we" "webhook endpoint",
    WebhookEventId WebhookEvent "evt" "webhook event",
    ProtectionLevelId ProtectionLevel "plvl" "protection level",
    ProductId Product "prod" "product",
    ProductCategoryId ProductCategory "pcat" "product category",
    DealId Deal "deal" "deal",
    DealStageId DealStage "dstg" "deal stage",
    IdentityVerificationId IdentityVerification "idver" "identity verification",
}

/// Where ids, secrets and all else that looks random come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdSource {
    seed: u64,
    /// How many ids of each kind were given out, in the order of [`Kind::ALL`].
    given: Vec<u64>,
    /// How many random words were drawn.
    drawn: u64,
    /// What makes the random words of one operator others than those of another with the same seed.
    #[serde(default)]
    salt: u64,
}

impl IdSource {
    /// The source of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, given: vec![0; Kind::ALL.len()], drawn: 0, salt: 0 }
    }

    /// Whether it counts every kind and can go on counting, as one that was read from elsewhere may not.
    pub fn is_sound(&self) -> bool {
        const MOST: u64 = u64::MAX >> 1;
        self.given.len() == Kind::ALL.len() && self.drawn <= MOST && self.given.iter().all(|given| *given <= MOST)
    }

    /// Whether an id is one of those that are given out next: of any number that a business could ever come to.
    pub fn is_to_come(&self, id: AnyId) -> bool {
        let kind = id.kind as usize;
        let count = unmix(id.number) ^ mix(self.seed.wrapping_add(mix(kind as u64 + 1)));
        self.given.get(kind).and_then(|given| count.checked_sub(*given)).is_some_and(|ahead| ahead < 1 << 40)
    }

    /// The seed it was made of.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Parts the random words from those of other sources with the same seed: secrets must not be the same for two operators.
    /// Ids stay as they are.
    pub fn set_salt(&mut self, name: &str) {
        // FNV-1a: the same on every machine and in every build.
        let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.salt = name.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, hash);
    }

    /// An id that was never given out before.
    pub fn fresh<I: Id>(&mut self) -> I {
        let kind = I::KIND as usize;
        let count = self.given[kind];
        self.given[kind] += 1;
        // `mix` is a bijection, so that different counts give different ids.
        I::new(mix(count ^ mix(self.seed.wrapping_add(mix(kind as u64 + 1)))))
    }

    /// A random word, from a sequence of its own.
    pub fn word(&mut self) -> u64 {
        self.drawn += 1;
        mix(self.drawn ^ mix(self.salt ^ mix(self.seed ^ 0x5745_4252_4554_5321)))
    }

    /// A text of `length` random characters of `alphabet`.
    pub fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(alphabet[(self.word() % alphabet.len() as u64) as usize])).collect()
    }
}

/// Scrambles a number; different numbers give different results (the finalizer of SplitMix64).
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The number that [`mix`] makes a number of: each step of it is undone, the last first.
fn unmix(number: u64) -> u64 {
    let z = number ^ (number >> 31) ^ (number >> 62);
    let z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    let z = z ^ (z >> 27) ^ (z >> 54);
    let z = z.wrapping_mul(0x96de_1b17_3f11_9089);
    let z = z ^ (z >> 30) ^ (z >> 60);
    z.wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_and_other_texts_are_none() {
        let id = ContactId::new(0x0000_00ff_91c2_d477);
        assert_eq!(id.to_string(), "con_000000ff91c2d477");
        assert_eq!(ContactId::parse("con_000000ff91c2d477"), Some(id));
        assert_eq!(AnyId::parse("con_000000ff91c2d477").and_then(AnyId::of::<ContactId>), Some(id));
        for text in [
            "",
            "con",
            "con_",
            "con_000000ff91c2d47",
            "con_000000FF91c2d477",
            "con_+00000ff91c2d477",
            "site_000000ff91c2d477",
        ] {
            assert_eq!(ContactId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ids_never_come_twice_and_the_seed_decides_them() {
        let (mut one, mut same, mut other) = (IdSource::new(1), IdSource::new(1), IdSource::new(2));
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let id: ContactId = one.fresh();
            assert!(seen.insert(id));
            assert_eq!(id, same.fresh());
            assert_ne!(id, other.fresh());
        }
        let site: SiteId = one.fresh();
        assert!(!one.is_to_come(site.any()) && same.is_to_come(site.any()));
        assert!(!one.is_to_come(ContactId::new(0).any()) && seen.iter().all(|id| !one.is_to_come(id.any())));
        assert!(!seen.contains(&ContactId::new(site.number())));
    }

    #[test]
    fn what_was_mixed_can_be_found_out() {
        for number in [0, 1, 0x1234_5678_9abc_def0, u64::MAX, 0x5745_4252_4554_5321] {
            assert_eq!((unmix(mix(number)), mix(unmix(number))), (number, number));
        }
    }
}
