//! Text in Helvetica: its widths and its lines.

use std::mem;

use pdf_writer::Name;

use super::encoding::{Encoding, encode, is_blank, plain_letter};

/// One of the fonts that every reader of PDF has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Font {
    /// Helvetica.
    Regular,
    /// Helvetica-Bold.
    Bold,
}

impl Font {
    /// What PDF calls it.
    pub(super) const fn base(self) -> Name<'static> {
        Name(match self {
            Self::Regular => b"Helvetica",
            Self::Bold => b"Helvetica-Bold",
        })
    }

    /// How wide a text is at a size, in the unit of the size.
    pub(super) fn width(self, text: &str, size: f32) -> f32 {
        in_unit_of(size, self.units(text))
    }

    /// A text as lines no wider than `width` broken at blanks, and within a word that is wider than a
    /// line. A line of the text begins a new line; a text without characters gives one empty line.
    pub(super) fn lines(self, text: &str, size: f32, width: f32) -> Vec<String> {
        let fits = |units: u64| in_unit_of(size, units) <= width;
        text.lines().chain(text.is_empty().then_some("")).flat_map(|line| self.wrap(line, fits)).collect()
    }

    fn wrap(self, text: &str, fits: impl Fn(u64) -> bool) -> Vec<String> {
        let blank = self.units(" ");
        let mut lines = Vec::new();
        let (mut line, mut units) = (String::new(), 0);
        for word in text.split(is_blank).filter(|word| !word.is_empty()) {
            let gap = if line.is_empty() { 0 } else { blank };
            let of_word = self.units(word);
            if fits(units + gap + of_word) {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                units += gap + of_word;
                continue;
            }
            if !line.is_empty() {
                lines.push(mem::take(&mut line));
                units = 0;
            }
            for c in word.chars() {
                let of_char = self.units(c.encode_utf8(&mut [0; 4]));
                if !line.is_empty() && !fits(units + of_char) {
                    lines.push(mem::take(&mut line));
                    units = 0;
                }
                line.push(c);
                units += of_char;
            }
        }
        lines.push(line);
        lines
    }

    /// How wide a text is, in thousandths of its size.
    fn units(self, text: &str) -> u64 {
        let widths = match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        };
        let width_of = |byte: u8| widths.get(usize::from(byte).wrapping_sub(FIRST)).copied().unwrap_or_default();
        let units_of = |encoding, byte| match encoding {
            Encoding::Western => width_of(byte),
            Encoding::Central => plain_letter(byte).map_or(0, width_of),
        };
        let runs = encode(text).into_iter();
        runs.flat_map(|run| run.bytes.into_iter().map(move |byte| u64::from(units_of(run.encoding, byte)))).sum()
    }
}

/// Thousandths of a size, in its unit.
fn in_unit_of(size: f32, units: u64) -> f32 {
    units as f32 * size / 1000.0
}

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
    fn widths_are_those_of_the_font() {
        assert!((Font::Regular.width("Hello", 10.0) - 22.78).abs() < 0.001);
        assert!((Font::Bold.width("Hello", 10.0) - 24.45).abs() < 0.001);
        assert!((Font::Regular.width("£€", 1000.0) - 1112.0).abs() < 0.001);
        assert!((Font::Regular.width("Łł", 1000.0) - 778.0).abs() < 0.001);
        assert!(Font::Regular.width("\0\u{301}", 10.0).abs() < 0.001);
    }

    #[test]
    fn no_line_is_wider_than_it_may_be_and_no_character_gets_lost() {
        let text =
            "The quick brown fox jumps over Donaudampfschifffahrtsgesellschaftskapitänswitwe £ 12345678901234567890.";
        for width in [1.0_f32, 30.0, 80.0, 200.0, 1000.0] {
            let lines = Font::Regular.lines(text, 9.0, width);
            let fits = |line: &String| line.chars().count() == 1 || Font::Regular.width(line, 9.0) <= width;
            assert!(lines.iter().all(fits), "{width}");
            let blanks_off = |text: &str| text.replace(' ', "");
            assert_eq!(blanks_off(&lines.concat()), blanks_off(text));
        }
        assert_eq!(Font::Bold.lines("a\nb\n\nc", 9.0, 100.0), ["a", "b", "", "c"]);
        assert_eq!(Font::Bold.lines("", 9.0, 100.0), [""]);
        assert_eq!(Font::Bold.lines("a\u{3000}\tb", 9.0, 100.0), ["a b"]);
    }
}
