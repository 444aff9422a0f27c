//! Pictures of sites and unit types: the addresses that lead to them, and what is drawn where staff uploaded none.
//!
//! The API shows an address with a signed token (`/2025-09/images/{token}/{filename}`), which does not expire and names the
//! record and the size. It leads to an address in storage, which is signed too and expires soon.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use png::{BitDepth, ColorType, EncodingError};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use super::escape;
use crate::domain::ids::{AnyId, mix};
use crate::domain::time::Timestamp;

/// The first segment of every address in storage.
pub const STORAGE: &str = "/_storage/";

/// How long an address in storage can be used, in seconds.
pub const STORAGE_SECONDS: i64 = 300;

/// The media type of what [`draw`] gives.
pub const DRAWN: &str = "image/png";

/// What a variant that is none, the picture as it came, is called in storage.
const ORIGINAL: &str = "original";

/// A smaller form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// 320 by 240 pixels.
    Small,
    /// 640 by 480 pixels.
    Medium,
    /// 1280 by 960 pixels.
    Large,
}

/// Which picture an address leads to. It stands for the permission to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignedToken {
    /// The site or unit type that the picture is of.
    pub id: AnyId,
    /// The form of the picture; none for the original.
    pub variant: Option<Variant>,
}

impl Variant {
    /// Every variant, from the smallest.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// What a token holds, in the order it is written in.
#[derive(Serialize, Deserialize)]
struct Content {
    id: AnyId,
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<Variant>,
}

/// A record has one picture, and it is called this.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Name {
    Default,
}

impl SignedToken {
    /// The token as it stands in an address: the base64 of a JSON object, two hyphens, and the HMAC-SHA1 of the base64 in
    /// lower-case hexadecimal digits. It can stand in a path as it is: the base64 of ASCII without `?`, `~` and controls has
    /// no slash.
    pub fn encode(self, key: &[u8]) -> String {
        let content = Content { id: self.id, name: Name::Default, variant: self.variant };
        #[expect(clippy::expect_used, reason = "the message says why it holds")]
        let content = serde_json::to_vec(&content).expect("an object of texts is always JSON");
        let content = BASE64.encode(content);
        let signature = sign(&content, key);
        format!("{content}--{signature}")
    }

    /// The token that a text spells; none if this key did not sign it.
    pub fn decode(text: &str, key: &[u8]) -> Option<Self> {
        let (content, signature) = text.split_once("--")?;
        if !is_signed(content, signature, key) {
            return None;
        }
        let content: Content = serde_json::from_slice(&BASE64.decode(content).ok()?).ok()?;
        Some(Self { id: content.id, variant: content.variant })
    }

    /// The address in storage, as path and query, that gives the bytes until [`STORAGE_SECONDS`] after `now`. `filename` only
    /// names the download.
    pub fn storage_address(self, filename: &str, key: &[u8], now: Timestamp) -> String {
        let variant = self.variant.map_or(ORIGINAL, Variant::as_str);
        let expires = now.plus_seconds(STORAGE_SECONDS).unix();
        let signed = format!("{STORAGE}{}/{variant}/{}?expires={expires}", self.id, escape::address(filename));
        let signature = sign(&signed, key);
        format!("{signed}&signature={signature}")
    }

    /// The picture that an address in storage leads to, given as path and query just as they were called; none if this key did
    /// not sign it or its time is over.
    pub fn of_storage_address(address: &str, key: &[u8], now: Timestamp) -> Option<Self> {
        let (signed, signature) = address.rsplit_once("&signature=")?;
        if !is_signed(signed, signature, key) {
            return None;
        }
        let (path, expires) = signed.strip_prefix(STORAGE)?.split_once("?expires=")?;
        if now.unix() >= expires.parse().ok()? {
            return None;
        }
        let mut segments = path.split('/');
        let id = AnyId::parse(segments.next()?)?;
        let name = segments.next()?;
        let variant = Variant::ALL.into_iter().find(|variant| variant.as_str() == name);
        (variant.is_some() || name == ORIGINAL).then_some(Self { id, variant })
    }
}

fn mac(text: &str, key: &[u8]) -> Hmac<Sha1> {
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    let mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.chain_update(text)
}

/// The signature of a text, in lower-case hexadecimal digits.
fn sign(text: &str, key: &[u8]) -> String {
    mac(text, key).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the key gives a text this signature. How long it takes says nothing about how much of it is right.
fn is_signed(text: &str, signature: &str, key: &[u8]) -> bool {
    let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_hexadecimal = signature.len().is_multiple_of(2) && signature.as_bytes().iter().all(digit);
    let byte = |at: usize| u8::from_str_radix(&signature[at..at + 2], 16).ok();
    is_hexadecimal
        && (0..signature.len())
            .step_by(2)
            .map(byte)
            .collect::<Option<Vec<u8>>>()
            .is_some_and(|bytes| mac(text, key).verify_slice(&bytes).is_ok())
}

/// The media type of an uploaded picture by the bytes it begins with; none if it is no picture that browsers show.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The picture of a record that staff uploaded none for, as PNG: three doors of storage units, in a colour and with one of
/// them open as the id decides.
pub fn draw(picture: SignedToken) -> Vec<u8> {
    let scale = match picture.variant {
        Some(Variant::Small) => 1,
        Some(Variant::Medium) => 2,
        Some(Variant::Large) => 4,
        None => 5,
    };
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    Scene::of(picture.id)
        .encode(scale)
        .expect("memory takes a whole picture, and its rows are as long as the header says")
}

/// A scene, drawn on a grid of [`WIDTH`] by [`HEIGHT`] squares.
struct Scene {
    /// The colour of the doors, as red, green and blue.
    colour: [u8; 3],
    /// The door that is open.
    open: u32,
}

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;

/// Colours of doors.
const COLOURS: [[u8; 3]; 10] = [
    [0xd9, 0x5f, 0x3b],
    [0x2f, 0x7f, 0xb8],
    [0x3c, 0x93, 0x6b],
    [0xe0, 0xa0, 0x2f],
    [0x7a, 0x5c, 0xa8],
    [0xb5, 0x3d, 0x55],
    [0x2b, 0x8c, 0x92],
    [0x5b, 0x6e, 0x86],
    [0x8a, 0x9a, 0x3a],
    [0xc0, 0x57, 0x8e],
];

/// What a square shows; the number of its colour in the palette.
#[derive(Clone, Copy)]
enum Ink {
    Sky,
    Wall,
    Frame,
    Ground,
    Door,
    Slat,
    Inside,
    Box,
}

impl Scene {
    fn of(id: AnyId) -> Self {
        let random = mix(id.number ^ mix(id.kind as u64));
        Self { colour: COLOURS[(random % COLOURS.len() as u64) as usize], open: (random >> 32) as u32 % 3 }
    }

    /// The colours of [`Ink`], in its order.
    fn palette(&self) -> Vec<u8> {
        let [r, g, b] = self.colour;
        let dark = [r / 5 * 4, g / 5 * 4, b / 5 * 4];
        [
            [0xdc, 0xea, 0xf2],
            [0xf1, 0xed, 0xe4],
            [0x8d, 0x8a, 0x84],
            [0xb9, 0xb5, 0xad],
            self.colour,
            dark,
            [0x3a, 0x3a, 0x40],
            [0xb8, 0x8a, 0x57],
        ]
        .concat()
    }

    /// What the square at a place shows, counted from the top left.
    fn ink(&self, x: u32, y: u32) -> Ink {
        match y {
            0..30 => return Ink::Sky,
            30..50 => return Ink::Door,
            50..56 => return Ink::Slat,
            206.. => return Ink::Ground,
            _ => {}
        }
        // Three doors, 80 wide and 120 high, 20 apart.
        let (door, across) = (x.saturating_sub(20) / 100, x.saturating_sub(20) % 100);
        if x < 20 || across >= 80 || y < 86 {
            // A plate above the middle of each door.
            let is_plate = x >= 20 && (30..50).contains(&across) && (66..78).contains(&y);
            return if is_plate { Ink::Frame } else { Ink::Wall };
        }
        if !(4..76).contains(&across) || y < 90 {
            return Ink::Frame;
        }
        if door == self.open && y >= 102 {
            let is_box = matches!((across, y), (10..36, 178..) | (40..66, 170..) | (12..34, 152..176));
            return if is_box { Ink::Box } else { Ink::Inside };
        }
        let is_handle = (34..46).contains(&across) && (190..194).contains(&y) && door != self.open;
        match (y - 90) % 12 {
            _ if is_handle => Ink::Inside,
            10..12 => Ink::Slat,
            _ => Ink::Door,
        }
    }

    /// The scene as PNG, `scale` pixels to a square.
    fn encode(&self, scale: u32) -> Result<Vec<u8>, EncodingError> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, WIDTH * scale, HEIGHT * scale);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Four);
        encoder.set_palette(self.palette());
        // Most rows are like the one above.
        encoder.set_filter(png::Filter::Up);
        let mut pixels = Vec::new();
        for y in 0..HEIGHT {
            let row: Vec<u8> = (0..WIDTH * scale).map(|x| self.ink(x / scale, y) as u8).collect();
            let row: Vec<u8> = row.chunks(2).map(|pair| pair.iter().fold(0, |byte, ink| byte << 4 | ink)).collect();
            (0..scale).for_each(|_| pixels.extend_from_slice(&row));
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"a key of the mock";

    fn id() -> AnyId {
        AnyId::parse("site_f2ac902aeb640e54").unwrap()
    }

    fn all() -> impl Iterator<Item = SignedToken> {
        let variants = Variant::ALL.into_iter().map(Some).chain([None]);
        variants.map(|variant| SignedToken { id: id(), variant })
    }

    #[test]
    fn a_token_is_read_as_it_is_written() {
        for token in all() {
            let text = token.encode(KEY);
            assert_eq!(SignedToken::decode(&text, KEY), Some(token));
            let (content, signature) = text.split_once("--").unwrap();
            assert!(signature.len() == 40 && signature.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
            assert!(content.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'='), "{content}");
        }
    }

    #[test]
    fn a_token_holds_what_the_documented_ones_hold() {
        let token = SignedToken { id: id(), variant: Some(Variant::Large) };
        let documented = "eyJpZCI6InNpdGVfZjJhYzkwMmFlYjY0MGU1NCIsIm5hbWUiOiJkZWZhdWx0IiwidmFyaWFudCI6ImxhcmdlIn0=";
        assert_eq!(token.encode(KEY).split_once("--").unwrap().0, documented);
        let original = SignedToken { variant: None, ..token }.encode(KEY);
        assert!(original.starts_with("eyJpZCI6InNpdGVfZjJhYzkwMmFlYjY0MGU1NCIsIm5hbWUiOiJkZWZhdWx0In0=--"));
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_none() {
        let text = all().next().unwrap().encode(KEY);
        for at in 0..text.len() {
            for other in [b'0', b'A', b'f', b'-', b'='] {
                let mut changed = text.clone().into_bytes();
                if changed[at] != other {
                    changed[at] = other;
                    let changed = String::from_utf8(changed).unwrap();
                    assert_eq!(SignedToken::decode(&changed, KEY), None, "{changed}");
                }
            }
        }
        let (content, signature) = text.split_once("--").unwrap();
        for wrong in [
            String::new(),
            "--".to_owned(),
            content.to_owned(),
            format!("{content}--"),
            format!("{content}-{signature}"),
            format!("{content}--{}", signature.to_uppercase()),
            format!("{content}--{}", &signature[..38]),
            format!("{content}--{signature}00"),
            format!("{content}--{signature}--{signature}"),
            format!("{content}--é{}", &signature[2..]),
        ] {
            assert_eq!(SignedToken::decode(&wrong, KEY), None, "{wrong}");
        }
        assert_eq!(SignedToken::decode(&text, b"another key"), None);
    }

    #[test]
    fn a_signed_text_that_is_no_token_is_none() {
        for content in
            ["{}", "[]", r#"{"id":"site_1","name":"default"}"#, r#"{"id":"site_f2ac902aeb640e54","name":"x"}"#]
        {
            let content = BASE64.encode(content);
            let signature = sign(&content, KEY);
            assert_eq!(SignedToken::decode(&format!("{content}--{signature}"), KEY), None);
        }
        let signature = sign("no base64!", KEY);
        assert_eq!(SignedToken::decode(&format!("no base64!--{signature}"), KEY), None);
    }

    #[test]
    fn an_address_in_storage_lasts_five_minutes() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        for token in all() {
            let address = token.storage_address("front door.jpg", KEY, now);
            for seconds in [0, 299] {
                let later = now.plus_seconds(seconds);
                assert_eq!(SignedToken::of_storage_address(&address, KEY, later), Some(token), "{address}");
            }
            assert_eq!(SignedToken::of_storage_address(&address, KEY, now.plus_seconds(300)), None);
        }
    }

    #[test]
    fn an_address_in_storage_is_plain_ascii_and_outside_the_api() {
        let token = all().next().unwrap();
        let address = token.storage_address("Tür 1/2?&signature=x.png", KEY, Timestamp::from_unix(0));
        assert!(
            address.starts_with(
                "/_storage/site_f2ac902aeb640e54/small/T%C3%BCr%201%2F2%3F%26signature%3Dx.png?expires=300&signature="
            ),
            "{address}"
        );
        assert_eq!(SignedToken::of_storage_address(&address, KEY, Timestamp::from_unix(1)), Some(token));
    }

    #[test]
    fn an_address_in_storage_that_was_changed_is_none() {
        let now = Timestamp::from_unix(1_000);
        let address = all().next().unwrap().storage_address("a.png", KEY, now);
        for (from, to) in [
            ("small", "large"),
            ("expires=1300", "expires=9300"),
            ("site_f", "site_e"),
            ("a.png", "b.png"),
            ("&", "&x=1&"),
        ] {
            let changed = address.replacen(from, to, 1);
            assert_ne!(changed, address);
            assert_eq!(SignedToken::of_storage_address(&changed, KEY, now), None, "{changed}");
        }
        assert_eq!(SignedToken::of_storage_address(&address, b"another key", now), None);
        // A token of the API opens no storage, nor the other way round.
        let token = all().next().unwrap().encode(KEY);
        assert_eq!(SignedToken::of_storage_address(&token, KEY, now), None);
    }

    #[test]
    fn a_drawing_is_a_small_png_of_its_size() {
        let sizes = [(320, 240), (640, 480), (1280, 960), (1600, 1200)];
        for (picture, size) in all().zip(sizes) {
            let bytes = draw(picture);
            assert_eq!(media_type(&bytes), Some(DRAWN));
            assert!(bytes.len() < 30_000, "{} bytes", bytes.len());
            let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut pixels).unwrap();
            assert_eq!((frame.width, frame.height), size);
            assert_eq!(draw(picture), bytes);
        }
    }

    #[test]
    fn records_look_different() {
        let mut seen = std::collections::HashSet::new();
        for number in 0..200 {
            let id = AnyId { number, ..id() };
            seen.insert(draw(SignedToken { id, variant: Some(Variant::Small) }));
        }
        assert_eq!(seen.len(), COLOURS.len() * 3);
    }

    #[test]
    fn uploads_are_told_by_their_first_bytes() {
        assert_eq!(media_type(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(media_type(b"GIF89a"), Some("image/gif"));
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for bytes in [b"".as_slice(), b"\x89PNG", b"<svg/>", b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(media_type(bytes), None);
        }
    }
}
