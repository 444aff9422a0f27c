//! Walking through lists, page by page or item by item.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::de::DeserializeOwned;

use crate::call::{self, Call};
use crate::error::{Error, PagingError};
use crate::{Page, Response};

/// A call that gives a page of a list.
pub trait Paged: Call + Clone + Sized {
    /// What it gives.
    type Page: Page<Item: Clone + PartialEq> + DeserializeOwned + Send;
    /// The number of the page that it asks for, if it says one.
    fn number(&self) -> Option<i64>;
    /// Makes it ask for another page.
    fn set_number(&mut self, number: i64);
}

/// How many pages in a row may begin with the same item. Two may, when as many items come as a page holds; a service that does
/// not heed the number of the page gives the same one for ever.
const MOST_ALIKE: u32 = 10;

type Fetched<C> = (C, Result<Response<<C as Paged>::Page>, Error>);
type Fetching<'a, C> = Pin<Box<dyn Future<Output = Fetched<C>> + Send + 'a>>;

/// The pages of a list, each fetched when it is asked for.
///
/// It ends with the page that gives no next one, with an empty page, and after an error. A page that gives itself or an
/// earlier one as the next is an [`Error::Paging`], and so is the tenth in a row that begins with the same item, so that no
/// fault of the service makes it go on for ever.
///
/// ```no_run
/// # async fn run(client: stora_client::Client) -> Result<(), stora_client::Error> {
/// let mut pages = client.unit_list().limit(100).pages();
/// while let Some(page) = pages.next().await {
///     let page = page?;
///     println!("page {} of {}", page.meta.pagination.page, page.meta.pagination.pages);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "pages are fetched when they are asked for"]
pub struct Pages<'a, C: Paged> {
    state: State<'a, C>,
    /// The first item of the page before, and how many pages in a row began with it.
    first: Option<<C::Page as Page>::Item>,
    alike: u32,
}

enum State<'a, C: Paged> {
    /// The call of the next page.
    Ready(C),
    Fetching(Fetching<'a, C>),
    Done,
}

/// The items of a list, one by one. The next page is fetched when the items of the one before are used up, so that no more
/// than one page is kept.
///
/// It ends as [`Pages`] does.
///
/// ```no_run
/// # async fn run(client: stora_client::Client) -> Result<(), stora_client::Error> {
/// let mut contacts = client.contact_list().limit(100).stream();
/// while let Some(contact) = contacts.next().await {
///     println!("{}", contact?.email);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "pages are fetched when items are asked for"]
pub struct Items<'a, C: Paged> {
    pages: Pages<'a, C>,
    items: VecDeque<<C::Page as Page>::Item>,
}

impl<'a, C: Paged + 'a> Pages<'a, C> {
    /// The pages from the one that the call asks for.
    pub(crate) fn new(call: C) -> Self {
        Self { state: State::Ready(call), first: None, alike: 0 }
    }

    /// The next page; none at the end.
    ///
    /// Nothing is lost when the future is dropped before it is ready: the page comes the next time.
    pub async fn next(&mut self) -> Option<Result<Response<C::Page>, Error>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Response<C::Page>, Error>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Ready(call) => self.state = State::Fetching(Box::pin(fetch(call))),
                State::Fetching(mut page) => match page.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Fetching(page);
                        return Poll::Pending;
                    }
                    Poll::Ready((call, result)) => return Poll::Ready(Some(self.turn(call, result))),
                },
                State::Done => return Poll::Ready(None),
            }
        }
    }

    /// Looks where the page leads to.
    fn turn(&mut self, mut call: C, result: Result<Response<C::Page>, Error>) -> Result<Response<C::Page>, Error> {
        let page = result?;
        let number = call.number().unwrap_or(1);
        match page.next_page() {
            Some(next) if next <= number || self.is_stuck(page.items()) => {
                return Err(Error::Paging(Box::new(PagingError { page: number, next })));
            }
            Some(next) if !page.items().is_empty() => {
                call.set_number(next);
                self.state = State::Ready(call);
            }
            _ => {}
        }
        Ok(page)
    }
}

impl<C: Paged> Pages<'_, C> {
    /// Whether too many pages in a row began with the same item.
    fn is_stuck(&mut self, items: &[<C::Page as Page>::Item]) -> bool {
        let first = items.first();
        if self.first.as_ref() == first {
            self.alike += 1;
        } else {
            self.first = first.cloned();
            self.alike = 1;
        }
        first.is_some() && self.alike >= MOST_ALIKE
    }
}

async fn fetch<C: Paged>(call: C) -> Fetched<C> {
    let result = match call::exchange(&call).await {
        Ok(answer) => answer.json(),
        Err(error) => Err(error),
    };
    (call, result)
}

impl<'a, C: Paged + 'a> Items<'a, C> {
    /// The items from the page on that the call asks for.
    pub(crate) fn new(call: C) -> Self {
        Self { pages: Pages::new(call), items: VecDeque::new() }
    }

    /// The next item; none at the end.
    ///
    /// Nothing is lost when the future is dropped before it is ready.
    pub async fn next(&mut self) -> Option<Result<<C::Page as Page>::Item, Error>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    /// All items that are left, in one list.
    ///
    /// # Errors
    /// When a page cannot be fetched.
    pub async fn try_collect(mut self) -> Result<Vec<<C::Page as Page>::Item>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<<C::Page as Page>::Item, Error>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll(context)) {
                Some(Ok(page)) => self.items = page.into_inner().into_items().into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

// Futures are only ever polled behind their own box.
impl<C: Paged> Unpin for Pages<'_, C> {}
impl<C: Paged> Unpin for Items<'_, C> {}

impl<'a, C: Paged + 'a> Stream for Pages<'a, C> {
    type Item = Result<Response<C::Page>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<'a, C: Paged + 'a> Stream for Items<'a, C> {
    type Item = Result<<C::Page as Page>::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(context)
    }
}

impl<C: Paged> fmt::Debug for Pages<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<C: Paged> fmt::Debug for Items<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("left_of_page", &self.items.len()).finish_non_exhaustive()
    }
}

/// Makes a builder a call that gives pages.
#[macro_export]
#[doc(hidden)]
macro_rules! paged {
    ($builder:ident: $page:ty;) => {
        impl $crate::paging::Paged for $builder<'_> {
            type Page = $page;
            fn number(&self) -> Option<i64> {
                self.page.as_ref().ok().copied().flatten()
            }
            fn set_number(&mut self, number: i64) {
                self.page = Ok(Some(number));
            }
        }
    };
}
