//! Colours.

/// What text is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    #[default]
    Plain,
    /// A heading.
    Bold,
    /// Runs as it should.
    Good,
    /// Has failed.
    Bad,
    /// Between the two.
    Middling,
}

impl Style {
    /// The text with the codes of the style around it.
    pub fn apply(self, text: &str) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Bold => "1",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Middling => "33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The style of a state of a connector or task.
pub fn state_style(state: &str) -> Style {
    match state {
        "RUNNING" => Style::Good,
        "FAILED" => Style::Bad,
        _ => Style::Middling,
    }
}
