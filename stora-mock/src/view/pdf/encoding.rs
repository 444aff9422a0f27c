//! Texts in the two encodings that the pages have: WinAnsi for Western Europe, and one for the letters of Central Europe that
//! Helvetica has besides.

/// One of the encodings. Each goes with fonts of its own on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// WinAnsi.
    Western,
    /// The letters of [`central_glyphs`], from [`CENTRAL_FIRST`] on.
    Central,
}

/// A piece of a text in one encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) encoding: Encoding,
    pub(super) bytes: Vec<u8>,
}

/// The code of the first letter in the encoding for Central Europe.
pub(super) const CENTRAL_FIRST: u8 = 33;

/// The names that PDF has for the letters in the encoding for Central Europe, in the order of their codes.
pub(super) fn central_glyphs() -> impl Iterator<Item = &'static str> {
    CENTRAL.iter().map(|(_, glyph)| *glyph)
}

/// A text as pieces in one encoding each. Letters that neither encoding has lose their accents, other characters become `?`.
pub(super) fn encode(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for c in text.chars() {
        let mut one = [0];
        let (encoding, bytes) = match (win_ansi(c), central(c)) {
            (Some(byte), _) => {
                one[0] = byte;
                (Encoding::Western, one.as_slice())
            }
            (None, Some(byte)) => {
                one[0] = byte;
                (Encoding::Central, one.as_slice())
            }
            (None, None) => (Encoding::Western, substitute(c).as_bytes()),
        };
        match runs.last_mut() {
            Some(run) if run.encoding == encoding => run.bytes.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => runs.push(Run { encoding, bytes: bytes.to_vec() }),
        }
    }
    runs
}

/// The letter without its accents, which is about as wide, of a code in the encoding for Central Europe.
pub(super) fn plain_letter(code: u8) -> Option<u8> {
    let (letter, _) = CENTRAL.get(usize::from(code.checked_sub(CENTRAL_FIRST)?))?;
    substitute(*letter).bytes().next()
}

/// Whether the encodings have every character of a text, so that what is shown is the text itself.
pub(super) fn is_shown_as_it_is(text: &str) -> bool {
    text.chars().all(|c| win_ansi(c).is_some() || central(c).is_some())
}

/// Whether a character is shown as a blank, at which lines can be broken.
pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || (win_ansi(c).is_none() && substitute(c) == " ")
}

fn win_ansi(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ (0x20..=0x7e | 0xa0..=0xac | 0xae..=0xff) => u8::try_from(code).ok(),
        // Places that the encoding leaves empty hold a blank here, which is found at its own.
        _ => HIGH.chars().position(|high| high == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

fn central(c: char) -> Option<u8> {
    let at = CENTRAL.iter().position(|(letter, _)| *letter == c)?;
    u8::try_from(at).ok()?.checked_add(CENTRAL_FIRST)
}

/// What stands for a character outside the encodings.
fn substitute(c: char) -> &'static str {
    match c {
        '\t' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        // Soft hyphens, marks that go with the letter before, and what has no width.
        '\u{ad}'
        | '\u{300}'..='\u{36f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => "",
        c if c.is_control() => "",
        '\u{2010}'..='\u{2012}' | '\u{2212}' => "-",
        '\u{2032}' => "'",
        '\u{2033}' => "\"",
        '\u{2044}' => "/",
        '\u{2116}' => "No.",
        '฿' => "THB ",
        '\u{2190}' => "<-",
        '\u{2192}' => "->",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        'Ș' => "S",
        'ș' => "s",
        'Ț' => "T",
        'ț' => "t",
        'ẞ' => "SS",
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        '\u{100}'..='\u{17f}' => {
            let at = (u32::from(c) - 0x100) as usize;
            LATIN_EXTENDED_A.get(at..=at).unwrap_or("?")
        }
        _ => "?",
    }
}

/// The letters of the encoding for Central Europe, each with the name that PDF has for it.
#[rustfmt::skip]
const CENTRAL: [(char, &str); 80] = [
    ('Ă', "Abreve"), ('ă', "abreve"), ('Ā', "Amacron"), ('ā', "amacron"),
    ('Ą', "Aogonek"), ('ą', "aogonek"), ('Ć', "Cacute"), ('ć', "cacute"),
    ('Č', "Ccaron"), ('č', "ccaron"), ('Ď', "Dcaron"), ('ď', "dcaron"),
    ('Đ', "Dcroat"), ('đ', "dcroat"), ('Ē', "Emacron"), ('ē', "emacron"),
    ('Ė', "Edotaccent"), ('ė', "edotaccent"), ('Ę', "Eogonek"), ('ę', "eogonek"),
    ('Ě', "Ecaron"), ('ě', "ecaron"), ('Ğ', "Gbreve"), ('ğ', "gbreve"),
    ('Ģ', "Gcommaaccent"), ('ģ', "gcommaaccent"), ('Ī', "Imacron"), ('ī', "imacron"),
    ('Į', "Iogonek"), ('į', "iogonek"), ('İ', "Idotaccent"), ('ı', "dotlessi"),
    ('Ķ', "Kcommaaccent"), ('ķ', "kcommaaccent"), ('Ĺ', "Lacute"), ('ĺ', "lacute"),
    ('Ļ', "Lcommaaccent"), ('ļ', "lcommaaccent"), ('Ľ', "Lcaron"), ('ľ', "lcaron"),
    ('Ł', "Lslash"), ('ł', "lslash"), ('Ń', "Nacute"), ('ń', "nacute"),
    ('Ņ', "Ncommaaccent"), ('ņ', "ncommaaccent"), ('Ň', "Ncaron"), ('ň', "ncaron"),
    ('Ō', "Omacron"), ('ō', "omacron"), ('Ő', "Ohungarumlaut"), ('ő', "ohungarumlaut"),
    ('Ŕ', "Racute"), ('ŕ', "racute"), ('Ŗ', "Rcommaaccent"), ('ŗ', "rcommaaccent"),
    ('Ř', "Rcaron"), ('ř', "rcaron"), ('Ś', "Sacute"), ('ś', "sacute"),
    ('Ş', "Scedilla"), ('ş', "scedilla"), ('Ș', "Scommaaccent"), ('ș', "scommaaccent"),
    ('Ţ', "Tcommaaccent"), ('ţ', "tcommaaccent"), ('Ť', "Tcaron"), ('ť', "tcaron"),
    ('Ū', "Umacron"), ('ū', "umacron"), ('Ů', "Uring"), ('ů', "uring"),
    ('Ű', "Uhungarumlaut"), ('ű', "uhungarumlaut"), ('Ų', "Uogonek"), ('ų', "uogonek"),
    ('Ź', "Zacute"), ('ź', "zacute"), ('Ż', "Zdotaccent"), ('ż', "zdotaccent"),
];

/// The characters at 0x80 to 0x9f.
const HIGH: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// The letters at U+0100 to U+017F without their accents.
const LATIN_EXTENDED_A: &str = "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo??RrRrRrSsSsSsSsTtTtTt\
    UuUuUuUuUuUuWwYyYZzZzZzs";

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that is all in the encoding for Western Europe.
    fn western(text: &str) -> Vec<u8> {
        let runs = encode(text);
        assert!(runs.iter().all(|run| run.encoding == Encoding::Western), "{text}");
        runs.into_iter().flat_map(|run| run.bytes).collect()
    }

    #[test]
    fn western_european_text_keeps_its_characters() {
        assert_eq!(western("£120.50 €"), b"\xa3120.50 \x80");
        assert_eq!(western("Müller – Žižek “Œuf”…"), b"M\xfcller \x96 \x8ei\x9eek \x93\x8cuf\x94\x85");
        assert_eq!(HIGH.chars().count(), 32);
    }

    #[test]
    fn central_european_letters_have_an_encoding_of_their_own() {
        let run = |encoding, bytes: &[u8]| Run { encoding, bytes: bytes.to_vec() };
        let at = |glyph: &str| {
            let place = central_glyphs().position(|known| known == glyph).unwrap();
            u8::try_from(place).unwrap() + CENTRAL_FIRST
        };
        let expected = [
            run(Encoding::Central, &[at("Lslash")]),
            run(Encoding::Western, b"\xf3d"),
            run(Encoding::Central, &[at("zacute"), at("ccaron")]),
        ];
        assert_eq!(encode("Łódźč"), expected);
        assert_eq!(plain_letter(at("Lslash")), Some(b'L'));
        for text in ["Zażółć gęślą jaźń", "Příliš žluťoučký kůň", "Árvíztűrő tükörfúrógép", "Iași, İzmir, Şişli"]
        {
            assert!(is_shown_as_it_is(text), "{text}");
        }
        for (letter, _) in CENTRAL {
            assert!(plain_letter(central(letter).unwrap()).unwrap().is_ascii_alphabetic(), "{letter}");
        }
    }

    #[test]
    fn other_text_is_spelled_as_near_as_can_be() {
        assert_eq!(western("Ŵŷ ŀ"), b"Wy l");
        assert_eq!(western("e\u{301}\u{200b}\u{ad}!\t−1"), b"e! -1");
        assert_eq!(western("฿120.00"), b"THB 120.00");
        assert_eq!(western("東京 🚪 Я"), b"?? ? ?");
        assert_eq!(encode("\u{301}"), []);
        assert_eq!(LATIN_EXTENDED_A.len(), 128);
        assert!(('\u{100}'..='\u{17f}').all(|c| win_ansi(c).is_some() || substitute(c) != "?"));
    }
}
