//! Pages of lists, and the tokens between them.

use crate::ids::fingerprint;
use crate::wire::ApiError;

/// A caller's request for a page of a list: where to continue, and how many entries.
pub(crate) struct PageRequest<'a> {
    /// The list, in words: a token is valid only for the list that it was made for.
    pub(crate) list: String,
    pub(crate) token: Option<&'a str>,
    pub(crate) max_results: Option<i64>,
    /// The number of entries on a page when the caller does not say.
    pub(crate) usual: usize,
    /// The most entries on a page, even if the caller asks for more.
    pub(crate) at_most: Option<usize>,
}

impl PageRequest<'_> {
    /// The entries of the page that was asked for, and the token of the next one if there is any.
    pub(crate) fn cut<T>(&self, entries: Vec<T>) -> Result<(Vec<T>, Option<String>), ApiError> {
        let size = self.size()?;
        let list = fingerprint(&self.list);
        let start = match self.token {
            None => 0,
            Some(token) => read(token, list).ok_or_else(|| ApiError::invalid_parameter("Invalid token."))?,
        };
        let next = start.saturating_add(size);
        let token = (next < entries.len()).then(|| format!("{list:016x}{next:08x}"));
        Ok((entries.into_iter().skip(start).take(size).collect(), token))
    }

    fn size(&self) -> Result<usize, ApiError> {
        let wanted = match self.max_results {
            None => self.usual,
            Some(max) => usize::try_from(max)
                .ok()
                .filter(|max| (1..=100).contains(max))
                .ok_or_else(|| ApiError::invalid_parameter("maxResults must be between 1 and 100."))?,
        };
        Ok(self.at_most.map_or(wanted, |at_most| wanted.min(at_most.max(1))))
    }
}

fn read(token: &str, list: u64) -> Option<usize> {
    let start = token.strip_prefix(&format!("{list:016x}"))?;
    usize::from_str_radix(start, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(token: Option<&str>, max_results: Option<i64>) -> PageRequest<'_> {
        PageRequest { list: "numbers".to_owned(), token, max_results, usual: 20, at_most: None }
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_overlap() {
        let (first, token) = request(None, Some(2)).cut(vec![1, 2, 3]).unwrap();
        let (second, end) = request(token.as_deref(), Some(2)).cut(vec![1, 2, 3]).unwrap();
        assert_eq!((first, second, end), (vec![1, 2], vec![3], None));
    }

    #[test]
    fn a_token_of_another_list_or_none_at_all_is_refused() {
        for token in ["", "abc", "00000000000000000000000000000001", "é"] {
            assert!(request(Some(token), None).cut(vec![1]).is_err(), "{token}");
        }
    }

    #[test]
    fn max_results_has_the_api_s_bounds() {
        for wrong in [0, -1, 101] {
            assert!(request(None, Some(wrong)).cut(vec![1]).is_err(), "{wrong}");
        }
    }
}
