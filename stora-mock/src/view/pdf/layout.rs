//! The pages of a sheet: what stands where.

use std::mem;

use pdf_writer::{Content, Name, Str, TextStr};

use super::encoding::{Encoding, encode, is_shown_as_it_is};
use super::font::Font;
use super::{Align, Table};

/// The name that a font has on every page, in an encoding.
pub(super) const fn name(font: Font, encoding: Encoding) -> Name<'static> {
    Name(match (font, encoding) {
        (Font::Regular, Encoding::Western) => b"F1",
        (Font::Bold, Encoding::Western) => b"F2",
        (Font::Regular, Encoding::Central) => b"F3",
        (Font::Bold, Encoding::Central) => b"F4",
    })
}

/// A4, in points of 1/72 inch.
pub(super) const WIDTH: f32 = 595.0;
pub(super) const HEIGHT: f32 = 842.0;

/// The empty edge of a page.
const MARGIN: f32 = 56.0;

/// Where what is not the footer ends, from the top.
const END: f32 = HEIGHT - 72.0;

/// The room between the edges.
const ROOM: f32 = WIDTH - 2.0 * MARGIN;

/// The empty room on either side of a cell.
const PADDING: f32 = 6.0;

/// The height of a line of [`PLAIN`] text.
const PLAIN_LEADING: f32 = 13.0;

/// The height of a line of [`BODY`] text.
const BODY_LEADING: f32 = 14.0;

/// The height of a line of totals.
const TOTAL_LEADING: f32 = 16.0;

/// How many lines the header of a table can have; the rest is left out.
const MOST_HEADER_LINES: usize = 4;

/// How a text looks.
#[derive(Clone, Copy)]
struct Style {
    font: Font,
    size: f32,
    /// From black, 0, to white, 1.
    gray: f32,
}

impl Style {
    const fn new(font: Font, size: f32, gray: f32) -> Self {
        Self { font, size, gray }
    }

    /// This, or as much smaller as a text needs to stay on one line of a width: amounts are not to be broken. A text that would
    /// be too small to read, and is no amount, stays as it is and is broken.
    fn fitting(self, text: &str, width: f32) -> Self {
        // A little less than what fits exactly, which the rounding of widths could lead beyond.
        let share = 0.99 * width / self.font.width(text, self.size);
        if (SMALLEST..1.0).contains(&share) { Self { size: self.size * share, ..self } } else { self }
    }
}

/// The smallest share of its size that a text is set at to stay on one line: the largest amounts need about so much.
const SMALLEST: f32 = 0.4;

const TITLE: Style = Style::new(Font::Bold, 20.0, 0.1);
const NAME: Style = Style::new(Font::Bold, 10.0, 0.1);
const STRONG: Style = Style::new(Font::Bold, 9.0, 0.1);
const PLAIN: Style = Style::new(Font::Regular, 9.0, 0.1);
const FAINT: Style = Style::new(Font::Regular, 9.0, 0.45);
const TOTAL: Style = Style::new(Font::Bold, 11.0, 0.1);
const BODY: Style = Style::new(Font::Regular, 10.0, 0.1);
const FOOTER: Style = Style::new(Font::Regular, 8.0, 0.45);

/// A piece of a line: a text, its look, where its room begins and how wide that is, and the side it keeps to.
struct Piece {
    text: String,
    style: Style,
    left: f32,
    width: f32,
    align: Align,
}

impl Piece {
    /// The lines of a text, to stand below each other.
    fn lines(text: &str, style: Style, left: f32, width: f32, align: Align) -> Vec<Self> {
        let lines = style.font.lines(text, style.size, width);
        lines.into_iter().map(|text| Self { text, style, left, width, align }).collect()
    }

    /// Writes it on a page; `base` is the height of the line that its letters stand on, from the foot of the page.
    fn write(&self, page: &mut Content, base: f32) {
        let Style { font, size, gray } = self.style;
        let runs = encode(&self.text);
        if runs.is_empty() {
            return;
        }
        let x = match self.align {
            Align::Left => self.left,
            Align::Right => self.left + self.width - font.width(&self.text, size),
        };
        // Readers find and copy the text itself, whatever letters stand in for it on the page.
        let is_spelled_otherwise = !is_shown_as_it_is(&self.text);
        if is_spelled_otherwise {
            page.begin_marked_content_with_properties(Name(b"Span")).properties().actual_text(TextStr(&self.text));
        }
        page.begin_text().set_fill_gray(gray).next_line(x, base);
        for run in &runs {
            page.set_font(name(font, run.encoding), size).show(Str(&run.bytes));
        }
        page.end_text();
        if is_spelled_otherwise {
            page.end_marked_content();
        }
    }
}

/// Pages in the making.
pub(super) struct Layout {
    done: Vec<Content>,
    page: Content,
    /// How far the page is filled, from the top.
    y: f32,
}

impl Layout {
    /// One empty page.
    pub(super) fn new() -> Self {
        Self { done: Vec::new(), page: Content::new(), y: MARGIN }
    }

    fn next_page(&mut self) {
        self.done.push(mem::replace(&mut self.page, Content::new()));
        self.y = MARGIN;
    }

    /// Whether so much room is left on the page.
    fn has(&self, height: f32) -> bool {
        self.y + height <= END
    }

    /// Goes on to the next page if there is more room there than is needed and left here.
    fn need(&mut self, height: f32) {
        if !self.has(height) && self.y > MARGIN {
            self.next_page();
        }
    }

    /// Leaves room, if something stands above.
    fn gap(&mut self, height: f32) {
        if self.y > MARGIN {
            self.y += height;
        }
    }

    /// Writes pieces beside each other, and goes on below them.
    fn line(&mut self, pieces: impl IntoIterator<Item = Piece>, leading: f32) {
        self.need(leading);
        // Letters stand about a quarter above the foot of their line.
        let base = HEIGHT - self.y - leading * 0.75;
        pieces.into_iter().for_each(|piece| piece.write(&mut self.page, base));
        self.y += leading;
    }

    /// Writes columns beside each other, line by line.
    fn columns(&mut self, columns: impl IntoIterator<Item = Vec<Piece>>, leading: f32) {
        beside(columns).into_iter().for_each(|line| self.line(line, leading));
    }

    /// Draws a thin line to the right edge.
    fn rule(&mut self, left: f32, gray: f32) {
        let y = HEIGHT - self.y;
        self.page.set_line_width(0.6).set_stroke_gray(gray).move_to(left, y).line_to(MARGIN + ROOM, y).stroke();
    }

    /// The title on the left, who it is from on the right.
    pub(super) fn heads(&mut self, title: &str, issuer: &[String]) {
        let width = ROOM * 0.4;
        let issuer = block(issuer, FAINT, MARGIN + ROOM - width, width, Align::Right);
        // A line of the title is as high as two of the others.
        let titles = Piece::lines(title, TITLE, MARGIN, ROOM - width - PADDING, Align::Left);
        let titles = titles.into_iter().flat_map(|line| [line, EMPTY]).collect();
        self.y += PADDING;
        self.columns([titles, issuer], PLAIN_LEADING);
    }

    /// Whom it is to on the left, the facts on the right.
    pub(super) fn particulars(&mut self, addressee: &[String], facts: &[(String, String)]) {
        if addressee.is_empty() && facts.is_empty() {
            return;
        }
        self.gap(16.0);
        self.rule(MARGIN, 0.8);
        self.gap(12.0);
        let half = MARGIN + ROOM * 0.5;
        let addressee = block(addressee, PLAIN, MARGIN, ROOM * 0.45, Align::Left);
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        for (label, value) in facts {
            labels.extend(Piece::lines(label, FAINT, half, ROOM * 0.18, Align::Left));
            values.extend(Piece::lines(value, PLAIN, half + ROOM * 0.2, ROOM * 0.3, Align::Right));
            let longer = labels.len().max(values.len());
            labels.resize_with(longer, || EMPTY);
            values.resize_with(longer, || EMPTY);
        }
        self.columns([addressee, labels, values], PLAIN_LEADING);
    }

    /// The table, as far as it has columns.
    pub(super) fn table(&mut self, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        let shares: f32 = table.columns.iter().map(|column| f32::from(column.share.max(1))).sum();
        let mut left = MARGIN;
        let places: Vec<(f32, f32, Align)> = table
            .columns
            .iter()
            .map(|column| {
                let width = ROOM * f32::from(column.share.max(1)) / shares;
                left += width;
                (left - width + PADDING, (width - 2.0 * PADDING).max(1.0), column.align)
            })
            .collect();
        let cells = |texts: &[String], style: Style| {
            let cells = places.iter().zip(texts);
            beside(cells.map(|((left, width, align), text)| {
                let style = if *align == Align::Right { style.fitting(text, *width) } else { style };
                Piece::lines(text, style, *left, *width, *align)
            }))
        };
        let headers: Vec<String> = table.columns.iter().map(|column| column.header.clone()).collect();
        let header = || cells(&headers, STRONG).into_iter().take(MOST_HEADER_LINES);
        self.gap(24.0);
        self.need(4.0 * PLAIN_LEADING);
        self.header(header());
        let mut top = self.y;
        for row in &table.rows {
            let lines = cells(row, PLAIN);
            let mut room = lines.len() as f32 * PLAIN_LEADING + PADDING;
            for line in lines {
                // A row stays whole, unless it is longer than a page.
                if !self.has(room) && self.y > top {
                    self.next_page();
                    self.header(header());
                    top = self.y;
                }
                self.line(line, PLAIN_LEADING);
                room = PLAIN_LEADING;
            }
            self.y += PADDING / 2.0;
            self.rule(MARGIN, 0.85);
            self.y += PADDING / 2.0;
        }
    }

    /// The header of a table, on a bar.
    fn header(&mut self, lines: impl ExactSizeIterator<Item = Vec<Piece>>) {
        let height = lines.len() as f32 * PLAIN_LEADING + PADDING;
        self.page.set_fill_gray(0.94).rect(MARGIN, HEIGHT - self.y - height, ROOM, height).fill_nonzero();
        self.y += PADDING / 2.0;
        lines.for_each(|line| self.line(line, PLAIN_LEADING));
        self.y += PADDING;
    }

    /// The amounts, under the right half of the table.
    pub(super) fn totals(&mut self, totals: &[(String, String)]) {
        let half = MARGIN + ROOM * 0.5;
        self.gap(PADDING);
        self.need((totals.len() + 1) as f32 * TOTAL_LEADING);
        for (at, (label, value)) in totals.iter().enumerate() {
            let is_last = at + 1 == totals.len();
            let (of_label, of_value) = if is_last { (TOTAL, TOTAL) } else { (FAINT, PLAIN) };
            let width = ROOM * 0.25 - PADDING;
            let lines = [
                Piece::lines(label, of_label, half, ROOM * 0.25, Align::Left),
                Piece::lines(value, of_value.fitting(value, width), half + ROOM * 0.25, width, Align::Right),
            ];
            if is_last {
                self.gap(PADDING / 2.0);
                self.rule(half, 0.3);
                self.gap(PADDING / 2.0);
            }
            self.columns(lines, TOTAL_LEADING);
        }
    }

    /// The paragraphs, across the whole width.
    pub(super) fn body(&mut self, paragraphs: &[String]) {
        self.gap(18.0);
        for paragraph in paragraphs {
            let lines = Piece::lines(paragraph, BODY, MARGIN, ROOM, Align::Left);
            // No page ends with the mere beginning of a paragraph.
            self.need(lines.len().min(3) as f32 * BODY_LEADING);
            self.columns([lines], BODY_LEADING);
            self.gap(BODY_LEADING / 2.0);
        }
    }

    /// The pages, each with its foot.
    pub(super) fn finish(mut self, footer: &str) -> Vec<Content> {
        self.done.push(self.page);
        let count = self.done.len();
        for (at, page) in self.done.iter_mut().enumerate() {
            let number = if count > 1 { format!("Page {} of {count}", at + 1) } else { String::new() };
            let lines = beside([
                Piece::lines(footer, FOOTER, MARGIN, ROOM * 0.8, Align::Left),
                Piece::lines(&number, FOOTER, MARGIN + ROOM * 0.8, ROOM * 0.2, Align::Right),
            ]);
            for (line, base) in lines.iter().zip([44.0, 33.0, 22.0]) {
                line.iter().for_each(|piece| piece.write(page, base));
            }
        }
        self.done
    }
}

/// A piece of nothing.
const EMPTY: Piece = Piece { text: String::new(), style: PLAIN, left: 0.0, width: 0.0, align: Align::Left };

/// A name and the lines below it.
fn block(lines: &[String], style: Style, left: f32, width: f32, align: Align) -> Vec<Piece> {
    let style = |at: usize| if at == 0 { NAME } else { style };
    lines.iter().enumerate().flat_map(|(at, line)| Piece::lines(line, style(at), left, width, align)).collect()
}

/// Columns of pieces as lines of pieces.
fn beside(columns: impl IntoIterator<Item = Vec<Piece>>) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for column in columns {
        lines.resize_with(lines.len().max(column.len()), Vec::new);
        lines.iter_mut().zip(column).for_each(|(line, piece)| line.push(piece));
    }
    lines
}
