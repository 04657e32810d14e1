//! The macros of ferry-sdk.

mod attributes;
mod config;

/// Derives `ferry_sdk::Config`; see there for what `#[config(…)]` understands.
#[proc_macro_derive(Config, attributes(config))]
pub fn derive_config(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    config::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
