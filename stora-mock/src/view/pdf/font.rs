//! Text in Helvetica: its encoding, its widths and its lines.

/// One of the fonts that every reader of PDF has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Font {
    /// Helvetica.
    Regular,
    /// Helvetica-Bold.
    Bold,
}

impl Font {
    /// How wide an encoded text is at a size, in the unit of the size.
    pub(super) fn width(self, text: &[u8], size: f32) -> f32 {
        let widths = match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        };
        let width_of = |byte: &u8| widths.get(usize::from(*byte).wrapping_sub(FIRST)).copied().unwrap_or_default();
        // Sizes count a thousand units of the font.
        text.iter().map(width_of).map(u32::from).sum::<u32>() as f32 * size / 1000.0
    }

    /// A text as encoded lines no wider than `width`, broken at blanks, and within a word that is wider than a line. A line of
    /// the text begins a new line; a text without characters gives one empty line.
    pub(super) fn lines(self, text: &str, size: f32, width: f32) -> Vec<Vec<u8>> {
        text.lines()
            .chain(text.is_empty().then_some(""))
            .flat_map(|line| self.wrap(&encode(line), size, width))
            .collect()
    }

    fn wrap(self, text: &[u8], size: f32, width: f32) -> Vec<Vec<u8>> {
        let fits = |line: &[u8]| self.width(line, size) <= width;
        let mut lines = Vec::new();
        let mut line: Vec<u8> = Vec::new();
        for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() { word.to_vec() } else { [line.as_slice(), b" ", word].concat() };
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for byte in word {
                line.push(*byte);
                if line.len() > 1 && !fits(&line) {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, vec![*byte]));
                }
            }
        }
        lines.push(line);
        lines
    }
}

/// A text in WinAnsi, the encoding of Western Europe. Letters beyond it lose their accents, other characters become `?`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match win_ansi(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(substitute(c).as_bytes()),
        }
    }
    out
}

fn win_ansi(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ (0x20..=0x7e | 0xa0..=0xac | 0xae..=0xff) => u8::try_from(code).ok(),
        // Places that the encoding leaves empty hold a blank here, which is found at its own.
        _ => HIGH.chars().position(|high| high == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

/// What stands for a character outside the encoding.
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

/// The characters at 0x80 to 0x9f.
const HIGH: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// The letters at U+0100 to U+017F without their accents.
const LATIN_EXTENDED_A: &str = "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo??RrRrRrSsSsSsSsTtTtTt\
    UuUuUuUuUuUuWwYyYZzZzZzs";

/// The code of the first width.
const FIRST: usize = 32;

/// Widths of Helvetica, in thousandths of the size.
#[rustfmt::skip]
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 0,
    556, 0, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 0, 611, 0,
    0, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 0, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// Widths of Helvetica-Bold, in thousandths of the size.
#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 0,
    556, 0, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 0, 611, 0,
    0, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 0, 500, 667,
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_european_text_keeps_its_characters() {
        assert_eq!(encode("£120.50 €"), b"\xa3120.50 \x80");
        assert_eq!(encode("Müller – Žižek “Œuf”…"), b"M\xfcller \x96 \x8ei\x9eek \x93\x8cuf\x94\x85");
        assert_eq!(HIGH.chars().count(), 32);
    }

    #[test]
    fn other_text_is_spelled_as_near_as_can_be() {
        assert_eq!(encode("Łódź, Kč, Győr, Iași"), b"L\xf3dz, Kc, Gyor, Iasi");
        assert_eq!(encode("e\u{301}\u{200b}\u{ad}!\t−1"), b"e! -1");
        assert_eq!(encode("東京 🚪 Я"), b"?? ? ?");
        assert_eq!(LATIN_EXTENDED_A.len(), 128);
        assert!(('\u{100}'..='\u{17f}').all(|c| encode(&c.to_string()) != b"?"));
    }

    #[test]
    fn widths_are_those_of_the_font() {
        assert!((Font::Regular.width(b"Hello", 10.0) - 22.78).abs() < 0.001);
        assert!((Font::Bold.width(b"Hello", 10.0) - 24.45).abs() < 0.001);
        assert!((Font::Regular.width(b"\xa3\x80", 1000.0) - 1112.0).abs() < 0.001);
        assert!(Font::Regular.width(b"\x00\x1f\x81", 10.0).abs() < 0.001);
    }

    #[test]
    fn no_line_is_wider_than_it_may_be_and_no_character_gets_lost() {
        let text =
            "The quick brown fox jumps over Donaudampfschifffahrtsgesellschaftskapitänswitwe £ 12345678901234567890.";
        for width in [1.0_f32, 30.0, 80.0, 200.0, 1000.0] {
            let lines = Font::Regular.lines(text, 9.0, width);
            assert!(lines.iter().all(|line| line.len() == 1 || Font::Regular.width(line, 9.0) <= width), "{width}");
            let blanks_off = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b' ').collect::<Vec<u8>>();
            assert_eq!(blanks_off(&lines.concat()), blanks_off(&encode(text)));
        }
        assert_eq!(
            Font::Bold.lines("a\nb\n\nc", 9.0, 100.0),
            [b"a".to_vec(), b"b".to_vec(), Vec::new(), b"c".to_vec()]
        );
        assert_eq!(Font::Bold.lines("", 9.0, 100.0), [Vec::<u8>::new()]);
    }
}
