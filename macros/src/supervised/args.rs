//! What stands between the parentheses of `#[supervised]`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Ident, LitStr};

use crate::check::{self, Form};
use crate::errors::Errors;
use crate::messages::attribute as messages;
use crate::options::{self, Crate, Entry};

const KNOWN: [&str; 2] = ["crate", "name"];

#[derive(Default)]
pub(super) struct Args {
    /// What the body calls the scope.
    pub(super) scope: Option<Ident>,
    /// What reports call it; without, the function's name.
    pub(super) name: Option<LitStr>,
    pub(super) krate: Crate,
}

impl Args {
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        options::read(tokens, &KNOWN, errors, |entry| args.read(&entry));
        args
    }

    /// Checks the body, which is that of the scope, takes the opt-outs out of it, and puts its
    /// errors, and those `found` before, at its start.
    pub(super) fn check(&self, body: &TokenStream, mut found: Errors) -> TokenStream {
        let body = check::body(self.scope.as_ref(), Form::Supervised, body.clone(), &mut found);
        let errors = found.into_tokens();
        quote!(#errors #body)
    }

    fn read(&mut self, entry: &Entry<'_>) -> syn::Result<()> {
        match entry.key.to_string().as_str() {
            "crate" => self.krate = entry.krate()?,
            "name" => self.name = Some(entry.string()?),
            _ if entry.has_value => return Err(entry.unknown(&KNOWN)),
            _ if self.scope.is_some() => return Err(entry.error(messages::NAMED_TWICE)),
            // A keyword, or `_`, is no name.
            _ => {
                let scope = syn::parse2(entry.key.to_token_stream());
                self.scope = Some(scope.map_err(|_| entry.error(messages::NO_NAME))?);
            }
        }
        Ok(())
    }
}
