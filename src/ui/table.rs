//! Rows under a header, on a screen of any width: beside each other where there is room, else below each other.

use comfy_table::presets;
use comfy_table::{CellAlignment, ContentArrangement};

/// Below this many columns a table that is too wide is shown as a list.
const NARROW: usize = 60;

/// Rows under a header.
#[derive(Debug)]
pub struct Table {
    header: Vec<&'static str>,
    /// The columns that hold numbers.
    numbers: std::ops::Range<usize>,
    /// The columns that are left out where no row has anything in them.
    optional: std::ops::Range<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Returns a table without rows.
    pub fn new<const N: usize>(header: [&'static str; N]) -> Self {
        Self {
            header: header.to_vec(),
            numbers: 0..0,
            optional: 0..0,
            rows: Vec::new(),
        }
    }

    /// Sets which columns hold numbers.
    #[must_use]
    pub fn numbers(mut self, columns: std::ops::Range<usize>) -> Self {
        self.numbers = columns;
        self
    }

    /// Sets which columns are left out if all their cells are empty.
    #[must_use]
    pub fn optional(mut self, columns: std::ops::Range<usize>) -> Self {
        self.optional = columns;
        self
    }

    /// Adds a row. A cell that says nothing is empty or `-`.
    pub fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.header.len(), String::new());
        self.rows.push(cells);
    }

    /// Returns the text for a screen of so many columns; without a number, for a file.
    pub fn text(&self, width: Option<usize>) -> String {
        let whole = self.table(None);
        match width {
            Some(width) if widest(&whole) > width && width < NARROW => self.list(),
            Some(width) if widest(&whole) > width => self.table(Some(width)),
            Some(_) | None => whole,
        }
    }

    fn shown(&self) -> Vec<usize> {
        let is_used = |column: &usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(*column));
            !self.optional.contains(column) || cells.into_iter().any(|cell| says(cell))
        };
        (0..self.header.len()).filter(is_used).collect()
    }

    fn table(&self, width: Option<usize>) -> String {
        let shown = self.shown();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(shown.iter().filter_map(|column| self.header.get(*column)));
        match width.and_then(|width| u16::try_from(width).ok()) {
            Some(width) => table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        for row in &self.rows {
            table.add_row(shown.iter().filter_map(|column| row.get(*column)));
        }
        for (place, column) in shown.iter().enumerate() {
            if let Some(it) = table
                .column_mut(place)
                .filter(|_| self.numbers.contains(column))
            {
                it.set_cell_alignment(CellAlignment::Right);
                // Never wrap inside a number.
                it.set_constraint(comfy_table::ColumnConstraint::ContentWidth);
            }
        }
        table.trim_fmt()
    }

    /// Returns each row as a block of lines: its name, then what it says.
    fn list(&self) -> String {
        let name = self
            .header
            .iter()
            .position(|word| !word.is_empty())
            .unwrap_or_default();
        let mut lines = Vec::new();
        for row in &self.rows {
            let (title, rest) = row.split_at((name + 1).min(row.len()));
            lines.push(title.join(" ").trim_end().to_owned());
            let facts = self.header.iter().skip(name + 1).zip(rest);
            lines.extend(
                facts
                    .filter(|(_, cell)| says(cell))
                    .map(|(word, cell)| format!("  {word}: {cell}")),
            );
        }
        lines.join("\n")
    }
}

fn says(cell: &str) -> bool {
    !matches!(cell, "" | "-")
}

fn widest(text: &str) -> usize {
    text.lines()
        .map(console::measure_text_width)
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["Report", "Tests", "Failed", "Skipped"])
            .numbers(1..4)
            .optional(3..4);
        let path = "out/some/folder/with/a/long/name/report.xml";
        for (path, tests) in [(path, "12"), ("b.xml", "7")] {
            table.row([path, tests, "1", "-"].map(str::to_owned).to_vec());
        }
        table
    }

    #[test]
    fn a_wide_screen_and_a_file_get_it_whole_without_empty_columns() {
        for width in [None, Some(120)] {
            let text = table().text(width);
            assert_eq!(text.lines().count(), 3, "{text}");
            assert!(!text.contains("Skipped"), "{text}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in [61, 80] {
            let mut table = table();
            table.row(vec!["x".repeat(200), "1".to_owned()]);
            let text = table.text(Some(width));
            assert!(widest(&text) <= width, "{width}:\n{text}");
            assert!(text.contains("Failed"), "{text}");
        }
    }

    #[test]
    fn a_narrow_screen_gets_a_list() {
        assert_eq!(
            table().text(Some(40)),
            "out/some/folder/with/a/long/name/report.xml\n  Tests: 12\n  Failed: 1\nb.xml\n  Tests: 7\n  Failed: 1"
        );
    }
}
