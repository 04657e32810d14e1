//! `derive(Config)`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Fields, Result};

use crate::attributes::{Attributes, doc};

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "derive(Config) is for structs with named fields"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(&input.ident, "derive(Config) is for structs with named fields"));
    };
    let mut keys = Vec::new();
    let mut reads = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let attributes = Attributes::parse(&field.attrs)?;
        let documentation = doc(&field.attrs);
        if documentation.is_empty() {
            return Err(syn::Error::new_spanned(
                ident,
                "a configuration key needs a doc comment: users read it",
            ));
        }
        let name = match &attributes.name {
            Some(name) => name.value(),
            None => ident.to_string().replace('_', "."),
        };
        let kind = &field.ty;
        keys.push(key(&name, &documentation, kind, &attributes));
        reads.push(quote! {
            #ident: <#kind as ::ferry_sdk::Setting>::read(parsed.value(#name)).ok_or_else(|| {
                ::ferry_sdk::Error::config(::std::format!(
                    "Invalid value {} for configuration {}: a value is needed",
                    parsed.value(#name), #name
                ))
            })?
        });
    }
    let (ident, description) = (&input.ident, doc(&input.attrs));
    let (impls, types, wheres) = input.generics.split_for_impl();
    Ok(quote! {
        impl #impls ::ferry_sdk::Config for #ident #types #wheres {
            const DOC: &'static str = #description;
            fn def() -> ::ferry_sdk::config::ConfigDef {
                let def = ::ferry_sdk::config::ConfigDef::new();
                #(let def = { let key = #keys; let key = ::ferry_sdk::__place(&def, key); def.define(key) };)*
                def
            }
            fn read(parsed: &::ferry_sdk::config::Config) -> ::ferry_sdk::Result<Self> {
                ::std::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}

fn key(name: &str, documentation: &str, kind: &syn::Type, attributes: &Attributes) -> TokenStream {
    let path = quote!(::ferry_sdk::config);
    let required = attributes.default.is_none() && !is_option(kind);
    let guessed = if required { "High" } else { "Medium" };
    let importance = attributes.importance.clone().unwrap_or_else(|| Ident::new(guessed, Span::call_site()));
    // Calls that return the key, then assignments to it.
    let (mut calls, mut sets) = (TokenStream::new(), TokenStream::new());
    if let Some(default) = &attributes.default {
        calls.extend(quote!(.or(::std::string::ToString::to_string(&(#default)))));
    }
    if let Some(validator) = &attributes.validator {
        calls.extend(quote!(.valid(#path::Validator::#validator)));
    }
    if let Some(group) = &attributes.group {
        sets.extend(quote!(key.group = ::std::option::Option::Some(::std::string::String::from(#group));));
    }
    if let Some(order) = &attributes.order {
        sets.extend(quote!(key.order = #order;));
    }
    if let Some(width) = &attributes.width {
        sets.extend(quote!(key.width = #path::Width::#width;));
    }
    if let Some(display) = &attributes.display {
        sets.extend(quote!(key.display_name = ::std::string::String::from(#display);));
    }
    if !attributes.dependents.is_empty() {
        let dependents = &attributes.dependents;
        sets.extend(quote!(key.dependents = ::std::vec![#(::std::string::String::from(#dependents)),*];));
    }
    if attributes.class {
        sets.extend(quote!(key.kind = #path::ConfigType::Class;));
    }
    quote! {{
        let key = #path::ConfigKey::new(
            #name, <#kind as ::ferry_sdk::Setting>::TYPE, #path::Importance::#importance, #documentation,
        );
        #[allow(unused_mut)]
        let mut key = <#kind as ::ferry_sdk::Setting>::prepare(key) #calls;
        #sets
        key
    }}
}

fn is_option(kind: &syn::Type) -> bool {
    matches!(kind, syn::Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Option"))
}
