//! Load: one request sent again and again over connections that stay open, and how long each answer takes.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// One request, as bytes, and the status it is to be answered with.
#[derive(Debug, Clone)]
pub(in crate::tasks) struct Request {
    /// What is sent. `{n}` stands for a number that is another one in each request.
    text: String,
    expected: u16,
}

/// What a load came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    /// Answers in a second.
    pub(super) per_second: f64,
    /// The time that half of the answers took at most.
    pub(super) p50: Duration,
    /// The time that 99 of 100 answers took at most.
    pub(super) p99: Duration,
}

impl Figures {
    /// The round in the middle, by answers in a second; none if there was no round.
    pub(super) fn median(mut rounds: Vec<Self>) -> Option<Self> {
        rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
        rounds.get(rounds.len() / 2).copied()
    }
}

impl Request {
    /// A GET without a token.
    pub(super) fn get_without_token(path: &str) -> Self {
        Self { text: format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n"), expected: 200 }
    }

    /// A GET with a bearer token.
    pub(super) fn get(path: &str, token: &str) -> Self {
        let text = format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n");
        Self { text, expected: 200 }
    }

    /// A POST of JSON with a bearer token.
    pub(super) fn post(path: &str, token: &str, body: &str) -> Self {
        // The number is written in ten digits, so that the length of the body is known.
        let length = body.replace("{n}", "0000000000").len();
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        Self { text, expected: 201 }
    }

    /// The same, to be answered with another status.
    pub(super) fn answered(self, expected: u16) -> Self {
        Self { expected, ..self }
    }

    fn bytes(&self, number: u64) -> Vec<u8> {
        self.text.replace("{n}", &format!("{number:010}")).into_bytes()
    }
}

/// A connection that stays open.
#[derive(Debug)]
pub(super) struct Connection {
    reader: BufReader<TcpStream>,
    line: String,
}

impl Connection {
    /// Connects to a server.
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        // The system may give a port that nobody listens at to the very one who tries it, who then talks to itself.
        if stream.local_addr()? == address {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { reader: BufReader::with_capacity(1 << 16, stream), line: String::new() })
    }

    /// Sends a request and reads its answer whole.
    pub(super) fn exchange(&mut self, request: &Request, number: u64, body: &mut Vec<u8>) -> io::Result<()> {
        let status = self.ask(request, number, body)?;
        if status != request.expected {
            let text = String::from_utf8_lossy(body);
            return Err(io::Error::other(format!("answered {status} instead of {}: {text}", request.expected)));
        }
        Ok(())
    }

    /// Sends a request, reads its answer whole, and gives its status, whatever that is.
    pub(super) fn ask(&mut self, request: &Request, number: u64, body: &mut Vec<u8>) -> io::Result<u16> {
        self.reader.get_mut().write_all(&request.bytes(number))?;
        let (status, length) = self.head()?;
        body.resize(length, 0);
        self.reader.read_exact(body)?;
        Ok(status)
    }

    /// Reads the status and the length of the body.
    fn head(&mut self) -> io::Result<(u16, usize)> {
        let bad = || io::Error::other("the answer is no HTTP/1.1 with a length");
        let mut status = None;
        let mut length = None;
        loop {
            self.line.clear();
            if self.reader.read_line(&mut self.line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = self.line.trim_end();
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
            } else if line.is_empty() {
                return status.zip(length).ok_or_else(bad);
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
    }
}

/// Sends a request over so many connections for a while, and measures each answer. `from` is the number of the first one; those
/// after it go on from there.
pub(super) fn run(
    address: SocketAddr,
    request: &Request,
    connections: u64,
    time: Duration,
    from: u64,
) -> io::Result<Figures> {
    let started = Instant::now();
    let all: io::Result<Vec<Vec<u32>>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..connections)
            .map(|k| {
                scope.spawn(move || -> io::Result<Vec<u32>> {
                    let mut connection = Connection::open(address)?;
                    let (mut taken, mut body) = (Vec::with_capacity(1 << 16), Vec::new());
                    let mut number = from + k;
                    while started.elapsed() < time {
                        let start = Instant::now();
                        connection.exchange(request, number, &mut body)?;
                        taken.push(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
                        number += connections;
                    }
                    Ok(taken)
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|_| Err(io::Error::other("a load panicked"))))
            .collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    let mut taken: Vec<u32> = all?.into_iter().flatten().collect();
    taken.sort_unstable();
    let at = |share: f64| {
        let place = ((taken.len() as f64 * share) as usize).min(taken.len().saturating_sub(1));
        Duration::from_nanos(taken.get(place).copied().unwrap_or_default().into())
    };
    Ok(Figures { per_second: taken.len() as f64 / seconds, p50: at(0.5), p99: at(0.99) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A server that answers every request alike.
    fn server(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    let mut line = String::new();
                    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                        if line == "\r\n" && reader.get_mut().write_all(answer.as_bytes()).is_err() {
                            break;
                        }
                        line.clear();
                    }
                });
            }
        });
        address
    }

    #[test]
    fn answers_are_counted_and_timed() {
        let address = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        let request = Request::get("/", "token");
        let figures = run(address, &request, 2, Duration::from_millis(100), 0).unwrap();
        assert!(figures.per_second > 0.0);
        assert!(Duration::ZERO < figures.p50 && figures.p50 <= figures.p99);
    }

    #[test]
    fn another_status_than_the_expected_one_ends_the_load() {
        let address = server("HTTP/1.1 500 Oh\r\ncontent-length: 3\r\n\r\nbad");
        let error = run(address, &Request::get("/", "token"), 1, Duration::from_secs(5), 0).unwrap_err();
        assert!(error.to_string().contains("500") && error.to_string().contains("bad"), "{error}");
    }

    #[test]
    fn the_round_in_the_middle_counts() {
        let round = |per_second| Figures { per_second, p50: Duration::ZERO, p99: Duration::from_secs(1) };
        assert_eq!(Figures::median(vec![round(9.0), round(1.0), round(3.0)]), Some(round(3.0)));
        assert_eq!(Figures::median(vec![round(9.0), round(1.0)]), Some(round(9.0)));
        assert_eq!(Figures::median(Vec::new()), None);
    }

    #[test]
    fn the_status_of_an_answer_is_told_whatever_it_is() {
        let address = server("HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n{}");
        let mut body = Vec::new();
        let status = Connection::open(address).unwrap().ask(&Request::get_without_token("/"), 0, &mut body).unwrap();
        assert_eq!((status, body.as_slice()), (404, b"{}".as_slice()));
    }

    #[test]
    fn the_length_of_a_body_does_not_depend_on_the_number() {
        let request = Request::post("/", "token", r#"{"email":"{n}@example.com"}"#);
        let text = String::from_utf8(request.bytes(7)).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
        assert!(body.contains("0000000007@"));
    }
}
