//! What `#[config(…)]` and doc comments say about a field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprRange, Ident, Lit, LitInt, LitStr, RangeLimits, Result, Token, parenthesized,
};

/// The attributes of one field.
#[derive(Default)]
pub struct Attributes {
    pub name: Option<LitStr>,
    pub default: Option<Expr>,
    pub validator: Option<TokenStream>,
    pub importance: Option<Ident>,
    pub group: Option<LitStr>,
    pub order: Option<LitInt>,
    pub width: Option<Ident>,
    pub display: Option<LitStr>,
    pub dependents: Vec<LitStr>,
    pub class: bool,
}

const KNOWN: &str =
    "name, default, range, one_of, non_empty, importance, group, order, width, display, dependents, class";

impl Attributes {
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("config")) {
            attribute.parse_nested_meta(|meta| {
                let Some(name) = meta.path.get_ident().map(ToString::to_string) else {
                    return Err(meta.error(format!("#[config] knows these attributes: {KNOWN}")));
                };
                match name.as_str() {
                    "name" => found.name = Some(meta.value()?.parse()?),
                    "default" => found.default = Some(meta.value()?.parse()?),
                    "importance" => {
                        found.importance = Some(choice(meta.value()?.parse()?, &["high", "medium", "low"])?);
                    }
                    "group" => found.group = Some(meta.value()?.parse()?),
                    "order" => found.order = Some(meta.value()?.parse()?),
                    "width" => {
                        found.width =
                            Some(choice(meta.value()?.parse()?, &["none", "short", "medium", "long"])?);
                    }
                    "display" => found.display = Some(meta.value()?.parse()?),
                    "class" => found.class = true,
                    "non_empty" => found.validator = Some(quote!(NonEmptyString)),
                    "range" => {
                        let content;
                        parenthesized!(content in meta.input);
                        found.validator = Some(range(&content.parse()?)?);
                    }
                    "one_of" => {
                        let content;
                        parenthesized!(content in meta.input);
                        let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
                        let texts = texts.iter();
                        found.validator =
                            Some(quote!(OneOf(::std::vec![#(::std::string::String::from(#texts)),*])));
                    }
                    "dependents" => {
                        let content;
                        parenthesized!(content in meta.input);
                        let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
                        found.dependents = texts.into_iter().collect();
                    }
                    other => {
                        return Err(
                            meta.error(format!("#[config] does not know `{other}`; it knows: {KNOWN}"))
                        );
                    }
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}

/// One of a few words, as the variant that it names.
fn choice(word: Ident, allowed: &[&str]) -> Result<Ident> {
    let text = word.to_string();
    if !allowed.contains(&text.as_str()) {
        return Err(syn::Error::new(word.span(), format!("`{text}` is none of: {}", allowed.join(", "))));
    }
    let (first, rest) = text.split_at(1);
    Ok(Ident::new(&format!("{}{rest}", first.to_uppercase()), word.span()))
}

fn range(range: &ExprRange) -> Result<TokenStream> {
    let end = |bound: &Option<Box<Expr>>| match bound {
        Some(bound) => quote!(::std::option::Option::Some((#bound) as f64)),
        None => quote!(::std::option::Option::None),
    };
    if range.start.is_none() && range.end.is_none() {
        return Err(syn::Error::new_spanned(
            range,
            "a range needs a start or an end: range(1..), range(1..=10)",
        ));
    }
    if range.end.is_some() && matches!(range.limits, RangeLimits::HalfOpen(_)) {
        return Err(syn::Error::new_spanned(range, "the end of a range belongs to it: write range(1..=10)"));
    }
    let (min, max) = (end(&range.start), end(&range.end));
    Ok(quote!(Range { min: #min, max: #max }))
}

/// The doc comment as one paragraph per blank line, lines joined.
pub fn doc(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    let mut paragraph = true;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        let syn::Meta::NameValue(meta) = &attribute.meta else { continue };
        let Expr::Lit(syn::ExprLit { lit: Lit::Str(line), .. }) = &meta.value else { continue };
        let line = line.value();
        let line = line.trim();
        if line.is_empty() {
            paragraph = true;
            continue;
        }
        if !text.is_empty() {
            text.push(if paragraph { '\n' } else { ' ' });
        }
        text.push_str(line);
        paragraph = false;
    }
    text
}
