//! A document to walk in: values that know their place, and references followed once.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::document::{Document, Version, pointer};

/// One of the two documents.
pub(super) struct Source<'a> {
    pub(super) root: &'a Value,
    pub(super) version: Version,
    references: RefCell<HashMap<&'a str, Option<At<'a>>>>,
}

/// A value with its place in the document.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    pub(super) place: Place<'a>,
}

/// A JSON Pointer that is only written out when somebody asks: most places are passed and never reported.
#[derive(Clone)]
pub(super) struct Place<'a>(Rc<Step<'a>>);

enum Step<'a> {
    Start(String),
    Key(Place<'a>, &'a str),
    Index(Place<'a>, usize),
}

/// Addresses already visited. Nearly always a handful, so that hashing waits until it pays.
#[derive(Default)]
pub(super) struct Seen {
    few: Vec<usize>,
    many: HashSet<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { root: &document.root, version: document.version, references: RefCell::default() }
    }

    /// The document itself.
    pub(super) fn start(&self) -> At<'a> {
        At { value: self.root, place: Place::start(String::new()) }
    }

    /// What the reference `text` names, if it stays inside the document.
    pub(super) fn reference(&self, text: &'a str) -> Option<At<'a>> {
        if let Some(known) = self.references.borrow().get(text) {
            return known.clone();
        }
        let target = pointer::of_reference(text).and_then(|pointer| {
            let value = pointer::get(self.root, &pointer)?;
            Some(At { value, place: Place::start(pointer) })
        });
        self.references.borrow_mut().insert(text, target.clone());
        target
    }

    /// `at`, or what it refers to in the end. A reference that leads nowhere is returned as it is.
    pub(super) fn resolve(&self, at: At<'a>) -> At<'a> {
        let mut at = at;
        let mut seen = Seen::default();
        while seen.insert(at.address()) {
            match at.text("$ref").and_then(|text| self.reference(text)) {
                Some(target) => at = target,
                None => break,
            }
        }
        at
    }

    /// The resolved child `key` of `at`.
    pub(super) fn child(&self, at: &At<'a>, key: &'static str) -> Option<At<'a>> {
        at.get(key).map(|child| self.resolve(child))
    }

    /// The resolved entries of the object at `key` of `at`, without extensions.
    pub(super) fn entries(&self, at: &At<'a>, key: &'static str) -> Vec<(&'a str, At<'a>)> {
        let Some(object) = at.get(key) else { return Vec::new() };
        object
            .members()
            .filter(|(name, _)| !name.starts_with("x-"))
            .map(|(name, value)| (name, self.resolve(value)))
            .collect()
    }
}

impl<'a> At<'a> {
    pub(super) fn get(&self, key: &'static str) -> Option<Self> {
        let value = self.value.get(key)?;
        Some(Self { value, place: self.place.key(key) })
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The members of an object; nothing for anything else.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let place = self.place.clone();
        let object = self.value.as_object();
        object.into_iter().flatten().map(move |(key, value)| (key.as_str(), Self { value, place: place.key(key) }))
    }

    /// The elements of an array; nothing for anything else.
    pub(super) fn elements(&self) -> impl DoubleEndedIterator<Item = Self> + use<'a> {
        let place = self.place.clone();
        let array = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
        array.iter().enumerate().map(move |(index, value)| Self { value, place: place.index(index) })
    }

    pub(super) fn pointer(&self) -> String {
        self.place.pointer()
    }

    /// Tells values apart that read the same: the documents do not move while they are compared.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }
}

impl<'a> Place<'a> {
    pub(super) fn start(pointer: String) -> Self {
        Self(Rc::new(Step::Start(pointer)))
    }

    pub(super) fn key(&self, key: &'a str) -> Self {
        Self(Rc::new(Step::Key(self.clone(), key)))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self(Rc::new(Step::Index(self.clone(), index)))
    }

    pub(super) fn pointer(&self) -> String {
        let mut tokens = Vec::new();
        let mut place = self;
        let start = loop {
            match &*place.0 {
                Step::Start(start) => break start,
                Step::Key(parent, key) => {
                    tokens.push(pointer::escape(key));
                    place = parent;
                }
                Step::Index(parent, index) => {
                    tokens.push(index.to_string());
                    place = parent;
                }
            }
        };
        let mut pointer = start.clone();
        for token in tokens.iter().rev() {
            pointer.push('/');
            pointer.push_str(token);
        }
        pointer
    }
}

impl Seen {
    const FEW: usize = 16;

    /// Whether `address` is new.
    pub(super) fn insert(&mut self, address: usize) -> bool {
        if self.few.contains(&address) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(address);
            return true;
        }
        self.many.insert(address)
    }
}
