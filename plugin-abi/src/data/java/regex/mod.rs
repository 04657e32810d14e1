//! Java's regular expressions, but for the matching: the engine is the host's, or a plugin's own.

mod class;
mod escape;
mod syntax;
mod translate;

pub use syntax::check_regex;
pub use translate::translate_regex;
