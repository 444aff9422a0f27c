//! Pages of a list.

/// One page of a list, as a list operation answers it.
pub trait Page {
    /// What the list holds.
    type Item;

    /// The items of this page.
    fn items(&self) -> &[Self::Item];

    /// The items of this page, by value.
    fn into_items(self) -> Vec<Self::Item>;

    /// The number of the next page; `None` on the last one.
    fn next_page(&self) -> Option<i64>;
}

/// Declares which answers are pages.
#[macro_export]
#[doc(hidden)]
macro_rules! page {
    ($($name:ident: $items:ident of $item:ty, next $($next:ident).+;)*) => {$(
        impl $crate::Page for $name {
            type Item = $item;
            fn items(&self) -> &[$item] {
                &self.$items
            }
            fn into_items(self) -> Vec<$item> {
                self.$items
            }
            fn next_page(&self) -> Option<i64> {
                self.$($next).+
            }
        }
    )*};
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    use super::Page;

    pub struct Numbers {
        numbers: Vec<u8>,
        meta: Meta,
    }
    pub struct Meta {
        next: Option<i64>,
    }
    crate::page! {
        Numbers: numbers of u8, next meta.next;
    }

    #[test]
    fn a_page_gives_its_items_and_the_next_number() {
        let page = Numbers { numbers: vec![1, 2], meta: Meta { next: Some(3) } };
        assert_eq!((page.items(), page.next_page()), (&[1, 2][..], Some(3)));
        assert_eq!(page.into_items(), [1, 2]);
    }
}
