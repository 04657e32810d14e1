//! Aligned columns that fit the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::Style;

/// Blanks between two columns.
const GAP: usize = 2;
/// No column is made narrower than this.
const NARROWEST: usize = 8;

/// One field of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Text in a style.
    pub fn new(style: Style, text: impl Into<String>) -> Self {
        Self { text: text.into(), style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(Style::Plain, text)
    }
}

/// Rows below a heading.
#[derive(Clone, Debug)]
pub struct Table {
    head: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

impl Table {
    /// A table without rows.
    pub fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|text| Cell::new(Style::Bold, *text)).collect();
        Self { head, rows: Vec::new(), indent: 0 }
    }

    /// Moved to the right by so many columns.
    #[must_use]
    pub fn indented(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// One more row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Its lines. What is wider than `width` is cut, the widest columns first; without a width nothing is.
    pub fn render(&self, width: Option<usize>, color: bool) -> String {
        let widths = self.widths(width);
        let mut text = String::new();
        for row in std::iter::once(&self.head).chain(&self.rows) {
            text.push_str(&" ".repeat(self.indent));
            for (column, cell) in row.iter().enumerate() {
                let shown = fit(&flat(&cell.text), widths[column]);
                let blanks = widths[column] - shown.width();
                text.push_str(&if color { cell.style.apply(&shown) } else { shown });
                if column + 1 < row.len() {
                    text.push_str(&" ".repeat(blanks + GAP));
                }
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let widest = |column: usize| {
            let cells = std::iter::once(&self.head).chain(&self.rows).filter_map(|row| row.get(column));
            cells.map(|cell| flat(&cell.text).width()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..self.head.len()).map(widest).collect();
        let Some(limit) = limit else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1) + self.indent;
        while widths.iter().sum::<usize>() + gaps > limit {
            let Some(widest) = widths.iter_mut().max() else { break };
            if *widest <= NARROWEST {
                break;
            }
            *widest -= 1;
        }
        widths
    }
}

/// A field is one line, and no control character reaches the terminal.
fn flat(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Cut to so many columns, with a sign that something is missing.
fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut shown, mut used) = (String::new(), 0);
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        shown.push(c);
        used += wide;
    }
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["NAME", "STATE", "WHY"]);
        table.row(vec!["a".into(), Cell::new(Style::Good, "RUNNING"), "".into()]);
        table.row(vec![
            "漢字-sink".into(),
            Cell::new(Style::Bad, "FAILED"),
            "no\nsuch file or directory".into(),
        ]);
        table
    }

    #[test]
    fn columns_are_aligned_by_what_the_eye_sees() {
        let expected = "NAME       STATE    WHY\n\
                        a          RUNNING\n\
                        漢字-sink  FAILED   no such file or directory\n";
        assert_eq!(table().render(None, false), expected);
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_column() {
        let expected = "NAME       STATE    WHY\n\
                        a          RUNNING\n\
                        漢字-sink  FAILED   no such file…\n";
        assert_eq!(table().render(Some(33), false), expected);
        // Too narrow for anything: the columns stay readable.
        assert_eq!(table().render(Some(1), false).lines().nth(2), Some("漢字-si…  FAILED   no such…"));
    }

    #[test]
    fn colours_do_not_move_columns() {
        let text = table().render(None, true);
        assert_eq!(text.lines().nth(1), Some("a          \x1b[32mRUNNING\x1b[0m"));
        assert_eq!(
            text.lines().next(),
            Some("\x1b[1mNAME\x1b[0m       \x1b[1mSTATE\x1b[0m    \x1b[1mWHY\x1b[0m")
        );
    }
}
