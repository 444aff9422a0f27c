//! Server-sent events: from pieces of a stream to messages.

/// A message of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Its id, if it has one.
    pub(super) id: String,
    /// What kind of message it is; `message` if the stream does not say.
    pub(super) event: String,
    /// What it holds.
    pub(super) data: String,
}

/// Puts messages together. What is fed to it may break off anywhere.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// What has come of a line that is not at its end.
    line: Vec<u8>,
    /// Whether the last piece ended with a carriage return, which a line feed may belong to.
    after_return: bool,
    message: Message,
    has_data: bool,
}

impl Parser {
    /// Takes a piece of the stream, and gives the messages that are whole by it.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Vec<Message> {
        let mut out = Vec::new();
        for byte in piece {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    out.extend(self.take_line(&String::from_utf8_lossy(&line)));
                }
                other => self.line.push(*other),
            }
        }
        out
    }

    fn take_line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let mut message = std::mem::take(&mut self.message);
            if message.event.is_empty() {
                message.event.push_str("message");
            }
            return std::mem::take(&mut self.has_data).then_some(message);
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.message.id = value.to_owned(),
            "event" => self.message.event = value.to_owned(),
            "data" => {
                if self.has_data {
                    self.message.data.push('\n');
                }
                self.has_data = true;
                self.message.data.push_str(value);
            }
            // A comment, or something of a later day.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, event: &str, data: &str) -> Message {
        Message { id: id.to_owned(), event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn messages_come_out_wherever_the_stream_is_cut() {
        let stream = ": watching\n\nid: evt_1\nevent: unit.updated\ndata: {\"a\":\"é\"}\n\n: nothing yet\n\nevent: lagged\ndata: {\"lost\":7}\n\n";
        let expected = [message("evt_1", "unit.updated", "{\"a\":\"é\"}"), message("", "lagged", "{\"lost\":7}")];
        for ends in ["\n", "\r\n", "\r"] {
            let stream = stream.replace('\n', ends);
            for size in [1, 2, 3, 7, stream.len()] {
                let mut parser = Parser::default();
                let messages: Vec<Message> =
                    stream.as_bytes().chunks(size).flat_map(|piece| parser.feed(piece)).collect();
                assert_eq!(messages, expected, "{ends:?} {size}");
            }
        }
    }

    #[test]
    fn data_on_several_lines_is_one_text_and_a_message_without_data_is_none() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(b"data: a\ndata:b\ndata\n\nevent: x\n\n"), [message("", "message", "a\nb\n")]);
    }
}
