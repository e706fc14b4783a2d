//! Where requests may go: hosts of the internet, and nobody else.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};

use annals::outward::deliver::address::is_public;
use annals::outward::deliver::webhook::{Answer, Request, post};

#[track_caller]
fn judged(expected: bool, addresses: &str) {
    for address in addresses.split_whitespace() {
        let parsed: IpAddr = address.parse().expect("an address");
        assert_eq!(is_public(parsed), expected, "{address}");
    }
}

#[test]
fn addresses_that_are_nobodys_on_the_internet_are_refused() {
    judged(
        false,
        "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.1
         127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255
         192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
         198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 254.1.1.1 255.255.255.255",
    );
    judged(
        false,
        ":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::8.8.8.8
         64:ff9b::a00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
         2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 3fff:fff::1
         4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 feff::1 ff02::1",
    );
}

#[test]
fn neighbours_of_those_are_reached() {
    judged(
        true,
        "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
         168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255
         192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.255
         203.0.114.0 223.255.255.255
         2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2606:4700:4700::1111 2a00::1
         3ffe::1 3fff:1000::1",
    );
}

/// A receiver that answers one request with `answer`, and tells what came.
fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut bytes = [0; 4096];
        let length = stream.read(&mut bytes).expect("bytes");
        stream.write_all(answer.as_bytes()).expect("an answer");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    });
    (url, heard)
}

#[test]
fn redirects_are_answers_and_are_not_followed() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let (url, heard) = answering(Box::leak(answer.into_boxed_str()));
        let said = post(&Request {
            content: "text/plain",
            url: &url,
            body: "{}",
            key: "k",
            hosts: &[],
            allow_private: true,
        });
        let number: u16 = status[..3].parse().expect("a number");
        assert_eq!(said, Answer::Refused(number));
        assert!(heard.join().expect("an end").starts_with("POST / "));
    }
}

#[test]
fn names_that_lead_home_are_refused_however_they_are_spelt() {
    for url in [
        "http://localhost/",
        "http://LOCALHOST/",
        "http://localhost./",
        "http://127.0.0.1./",
        "http://017700000001/",
        "http://0x7f.0x0.0x0.0x1/",
        "http://[0:0:0:0:0:ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[fec0::1]/",
        "http://%31%32%37.0.0.1/",
        "http://127\u{3002}0\u{3002}0\u{3002}1/",
        "http://[fe80::1%25lo]/",
        "http://hooks.example.com:80@127.0.0.1/",
        "http:\\\\127.0.0.1/",
    ] {
        let said = post(&Request {
            content: "text/plain",
            url,
            body: "{}",
            key: "k",
            hosts: &[],
            allow_private: false,
        });
        assert!(matches!(said, Answer::Unsent(_)), "{url}: {said:?}");
    }
}
