//! Documents as PDF: invoices, credit notes and contracts on A4, in Helvetica.
//!
//! The same sheet gives the same bytes: nothing in them tells when they were made.

mod encoding;
mod font;
mod layout;

use encoding::{CENTRAL_FIRST, Encoding, central_glyphs};
use font::Font;
use layout::{HEIGHT, Layout, WIDTH, name};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, TextStr};

/// What a document says. What is empty takes no room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it is, such as `Invoice INV-0042`; the title of the file too.
    pub title: String,
    /// Who it is from: the name, then the address.
    pub issuer: Vec<String>,
    /// Whom it is to: the name, then the address.
    pub addressee: Vec<String>,
    /// Dates, numbers and the like, each with its label.
    pub facts: Vec<(String, String)>,
    /// What it lists.
    pub table: Option<Table>,
    /// Amounts under the table, each with its label; the last is the one that counts.
    pub totals: Vec<(String, String)>,
    /// Paragraphs of text.
    pub body: Vec<String>,
    /// What stands at the foot of every page.
    pub footer: String,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows, with a cell for each column. Missing cells are empty.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands over it.
    pub header: String,
    /// The side its texts keep to.
    pub align: Align,
    /// How wide it is beside the others.
    pub share: u16,
}

/// The side that texts keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The left, for words.
    Left,
    /// The right, for amounts.
    Right,
}

/// The sheet as a file of PDF: one page, and further ones for what does not fit.
pub fn render(sheet: &Sheet) -> Vec<u8> {
    let mut layout = Layout::new();
    layout.heads(&sheet.title, &sheet.issuer);
    layout.particulars(&sheet.addressee, &sheet.facts);
    if let Some(table) = &sheet.table {
        layout.table(table);
    }
    layout.totals(&sheet.totals);
    layout.body(&sheet.body);
    file(&sheet.title, layout.finish(&sheet.footer))
}

/// Pages as a file.
fn file(title: &str, pages: Vec<Content>) -> Vec<u8> {
    let [catalog, tree, info] = [1, 2, 3].map(Ref::new);
    let fonts = [
        (Ref::new(4), Font::Regular, Encoding::Western),
        (Ref::new(5), Font::Bold, Encoding::Western),
        (Ref::new(6), Font::Regular, Encoding::Central),
        (Ref::new(7), Font::Bold, Encoding::Central),
    ];
    // Each page has two numbers, after those.
    let ids: Vec<(Ref, Ref)> = (8..).step_by(2).take(pages.len()).map(|id| (Ref::new(id), Ref::new(id + 1))).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).viewer_preferences().display_doc_title(true);
    pdf.document_info(info).title(TextStr(title));
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(i32::try_from(ids.len()).unwrap_or(i32::MAX));
    for (id, font, encoding) in fonts {
        let mut written = pdf.type1_font(id);
        written.base_font(font.base());
        match encoding {
            Encoding::Western => {
                written.encoding_predefined(Name(b"WinAnsiEncoding"));
            }
            Encoding::Central => {
                let names = central_glyphs().map(|glyph| Name(glyph.as_bytes()));
                written.encoding_custom().differences().consecutive(CENTRAL_FIRST, names);
            }
        }
    }
    for ((id, content), drawn) in ids.into_iter().zip(pages) {
        let mut page = pdf.page(id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(content);
        page.resources().fonts().pairs(fonts.map(|(id, font, encoding)| (name(font, encoding), id)));
        page.finish();
        pdf.stream(content, &drawn.finish());
    }
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn pairs(lines: &[(&str, &str)]) -> Vec<(String, String)> {
        lines.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
    }

    fn invoice(rows: usize) -> Sheet {
        let column = |header: &str, align, share| Column { header: header.to_owned(), align, share };
        Sheet {
            title: "Invoice INV-0042".to_owned(),
            issuer: texts(&["Harbour Self Storage (Leeds) Ltd", "1 Dock Street", "Leeds LS10 1NB"]),
            addressee: texts(&["Zoë Müller", "5 Mill Lane", "York YO1 7HH"]),
            facts: pairs(&[("Issued", "2 March 2026"), ("Status", "paid")]),
            table: Some(Table {
                columns: vec![
                    column("Description", Align::Left, 6),
                    column("Quantity", Align::Right, 2),
                    column("Price", Align::Right, 2),
                    column("Total", Align::Right, 2),
                ],
                rows: (1..=rows).map(|n| texts(&[&format!("Unit {n}"), "1", "£120.00", "£120.00"])).collect(),
            }),
            totals: pairs(&[("Subtotal", "£100.00"), ("Tax", "£20.00"), ("Total", "£120.00")]),
            body: texts(&["Paid by card on 2 March 2026. Thank you."]),
            footer: "A mock document; no payment is due.".to_owned(),
        }
    }

    /// The texts that a file shows, in the order they were written, page by page.
    fn shown(pdf: &[u8]) -> Vec<Vec<String>> {
        let file: String = pdf.iter().copied().map(char::from).collect();
        let streams = file.split("\nstream\n").skip(1).map(|rest| rest.split("\nendstream").next().unwrap());
        let text = |line: &str| -> Option<String> {
            let operand = line.strip_suffix(" Tj")?;
            let bytes: Vec<u8> = if let Some(digits) = operand.strip_prefix('<') {
                let digits = digits.trim_end_matches('>');
                (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
            } else {
                let inside = operand.strip_prefix('(').unwrap().strip_suffix(')').unwrap();
                inside.replace("\\(", "(").replace("\\)", ")").replace("\\\\", "\\").into_bytes()
            };
            Some(bytes.into_iter().map(char::from).collect())
        };
        streams.map(|stream| stream.lines().filter_map(text).collect()).collect()
    }

    fn pages(pdf: &[u8]) -> usize {
        String::from_utf8_lossy(pdf).matches("/Type /Page\n").count()
    }

    #[test]
    fn an_invoice_is_one_page_that_says_all_it_has_to() {
        let pdf = render(&invoice(2));
        assert!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"));
        assert_eq!(pages(&pdf), 1);
        let shown = shown(&pdf).concat();
        for text in [
            "Invoice INV-0042",
            "Harbour Self Storage (Leeds) Ltd",
            "Zo\u{eb} M\u{fc}ller",
            "Issued",
            "2 March 2026",
            "Description",
            "Unit 2",
            "\u{a3}120.00",
            "Total",
            "Paid by card on 2 March 2026. Thank you.",
            "A mock document; no payment is due.",
        ] {
            assert!(shown.contains(&text.to_owned()), "{text}: {shown:?}");
        }
        assert!(!shown.iter().any(|text| text.starts_with("Page ")));
        let file = String::from_utf8_lossy(&pdf).into_owned();
        assert!(file.contains("/Title (Invoice INV-0042)") && !file.contains("/CreationDate"));
        assert_eq!(file.matches("/WinAnsiEncoding").count(), 2);
    }

    #[test]
    fn the_same_sheet_gives_the_same_bytes() {
        assert_eq!(render(&invoice(40)), render(&invoice(40)));
    }

    #[test]
    fn rows_beyond_the_page_go_on_under_the_header() {
        let pdf = render(&invoice(120));
        let shown = shown(&pdf);
        assert_eq!((shown.len(), pages(&pdf)), (4, 4));
        for (at, page) in shown.iter().enumerate() {
            assert!(page.contains(&format!("Page {} of 4", at + 1)), "{page:?}");
            assert!(page.contains(&"A mock document; no payment is due.".to_owned()));
            let has_rows = page.iter().any(|text| text.starts_with("Unit "));
            assert_eq!(page.contains(&"Description".to_owned()), has_rows);
        }
        let rows = shown.concat().into_iter().filter(|text| text.starts_with("Unit "));
        assert!(rows.eq((1..=120).map(|n| format!("Unit {n}"))));
    }

    #[test]
    fn long_texts_are_wrapped_in_their_places() {
        let mut sheet = invoice(1);
        let word = "word ".repeat(400);
        sheet.title = word.clone();
        sheet.body = vec![word.clone(); 20];
        sheet.issuer.push(word.clone());
        sheet.facts.push((word.clone(), word.clone()));
        sheet.totals.push((word.clone(), word.clone()));
        let table = sheet.table.as_mut().unwrap();
        table.columns[1].header = word.clone();
        table.rows.push(texts(&[&word, &word, "1", "2", "one too many"]));
        table.rows.push(texts(&["too few"]));
        let pdf = render(&sheet);
        let shown = shown(&pdf).concat();
        assert!(shown.iter().all(|text| Font::Bold.width(text, 9.0) < WIDTH));
        assert!(shown.contains(&"too few".to_owned()) && !shown.contains(&"one too many".to_owned()));
        assert!(shown.iter().map(|text| text.matches("word").count()).sum::<usize>() >= 28 * 400);
    }

    #[test]
    fn readers_find_the_text_itself_where_other_letters_stand_in_for_it() {
        let sheet = Sheet { body: texts(&["Ŵat 漢字", "Zoë", "Łukasz"]), ..Sheet::default() };
        let pdf = render(&sheet);
        assert_eq!(shown(&pdf).concat(), ["Wat ??", "Zo\u{eb}", "I", "ukasz"]);
        let file = String::from_utf8_lossy(&pdf).to_uppercase();
        assert_eq!(file.matches("/ACTUALTEXT").count(), 1);
        // In UTF-16, behind its mark.
        assert!(file.contains("FEFF0174"), "{file}");
    }

    #[test]
    fn no_amount_is_broken() {
        let mut sheet = invoice(1);
        let amounts = ["£1,234,567.89", "HUF 120,000.00", "-AED 92,233,720,368,547,758.08"];
        let row = |amount: &&str| texts(&["Unit", &i64::MAX.to_string(), amount, amount]);
        sheet.table.as_mut().unwrap().rows = amounts.iter().map(row).collect();
        sheet.totals = amounts.iter().map(|amount| ("Total".to_owned(), (*amount).to_owned())).collect();
        let shown = shown(&render(&sheet)).concat();
        for amount in amounts {
            assert_eq!(shown.iter().filter(|text| *text == amount).count(), 3, "{amount}: {shown:?}");
        }
        assert_eq!(shown.iter().filter(|text| **text == i64::MAX.to_string()).count(), 3);
    }

    #[test]
    fn what_is_empty_takes_no_room() {
        let pdf = render(&Sheet::default());
        assert_eq!((pages(&pdf), shown(&pdf).concat().len()), (1, 0));
        let sheet = Sheet { title: "Contract".to_owned(), table: Some(Table::default()), ..Sheet::default() };
        assert_eq!(shown(&render(&sheet)).concat(), ["Contract"]);
    }

    #[test]
    fn a_title_beyond_ascii_is_written_in_full() {
        let sheet = Sheet { title: "Umowa najmu Łódź (1)".to_owned(), ..Sheet::default() };
        let pdf = render(&sheet);
        // Its letters come from two fonts, by turns.
        let shown = shown(&pdf).concat();
        assert_eq!((shown.len(), shown[0].as_str(), shown[2].as_str()), (5, "Umowa najmu ", "\u{f3}d"));
        // The title of the file is in UTF-16, of which this is Ł.
        assert!(String::from_utf8_lossy(&pdf).to_uppercase().contains("0141"));
    }
}
