use super::*;
use crate::limits;

fn one(bytes: &[u8]) -> Result<(Tag, Vec<u8>), BerError> {
    let element = read(&mut Cursor::new(bytes))?;
    Ok((element.tag, element.octets().to_vec()))
}

#[test]
fn tags_of_both_forms() {
    assert_eq!(one(&[0x02, 1, 5]), Ok((Tag::universal(2), vec![5])));
    assert_eq!(one(&[0x85, 0]), Ok((Tag::context(5), vec![])));
    let application = Tag::application(1).constructed();
    assert_eq!(one(&[0x61, 2, 1, 2]), Ok((application, vec![1, 2])));
    // MMS: fileDirectory is [77], in two octets.
    let directory = Tag::context(77).constructed();
    assert_eq!(one(&[0xbf, 0x4d, 0]), Ok((directory, vec![])));
    assert!(directory.is_context(77) && !directory.is_context(76));
    let private = Tag::new(Class::Private, false, 0x3fff);
    assert_eq!(one(&[0xdf, 0xff, 0x7f, 0]), Ok((private, vec![])));
}

#[test]
fn the_largest_tag_number_has_32_bits() {
    let largest = [0x9f, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0];
    assert_eq!(one(&largest), Ok((Tag::context(u32::MAX), vec![])));
    let larger = [0x9f, 0x90, 0x80, 0x80, 0x80, 0x00, 0];
    assert_eq!(one(&larger), Err(BerError::TooLarge));
    // Any number of leading zeros is the same number.
    assert_eq!(
        one(&[0x9f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x21, 0])
            .unwrap()
            .0
            .number,
        0x21
    );
}

#[test]
fn lengths_of_the_long_form() {
    let mut bytes = vec![0x80, 0x81, 0x80];
    bytes.extend([7; 128]);
    assert_eq!(one(&bytes), Ok((Tag::context(0), vec![7; 128])));
    assert_eq!(
        one(&[0x80, 0x83, 0, 0, 1, 9]),
        Ok((Tag::context(0), vec![9]))
    );
    assert_eq!(
        one(&[0x80, 0x84, 0xff, 0xff, 0xff, 0xff])
            .unwrap_err()
            .anomaly(),
        Anomaly::BadLength
    );
    let wide = [0x80, 0x85, 1, 0, 0, 0, 0];
    assert_eq!(one(&wide), Err(BerError::TooLarge));
    assert_eq!(one(&[0x80, 0x80, 0, 0]), Err(BerError::Indefinite));
    assert_eq!(one(&[0x80, 0xff]), Err(BerError::Indefinite));
}

#[test]
fn every_truncation_is_short() {
    let whole = [0xbf, 0x4d, 0x82, 0, 3, 1, 2, 3];
    assert!(one(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(
            matches!(one(&whole[..length]), Err(BerError::Short(_))),
            "{length}"
        );
    }
}

#[test]
fn integers() {
    assert_eq!(unsigned(&[]), None);
    assert_eq!(unsigned(&[0x80]), Some(0x80));
    assert_eq!(unsigned(&[1, 2]), Some(0x102));
    assert_eq!(unsigned(&[1, 2, 3]), Some(0x1_0203));
    assert_eq!(unsigned(&[0xff; 4]), Some(0xffff_ffff));
    assert_eq!(unsigned(&[0, 0xff, 0xff, 0xff, 0xff]), Some(0xffff_ffff));
    assert_eq!(unsigned(&[1, 0, 0, 0, 0]), Some(1 << 32));
    assert_eq!(unsigned(&[0xff; 8]), Some(u64::MAX));
    assert_eq!(unsigned(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), Some(1));
    assert_eq!(unsigned(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    assert_eq!(integer(&[]), None);
    assert_eq!(integer(&[0xff]), Some(-1));
    assert_eq!(integer(&[0x80, 0]), Some(-32_768));
    assert_eq!(integer(&[0, 0x80]), Some(128));
    assert_eq!(integer(&[0x80, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MIN));
    assert_eq!(integer(&[0; 9]), None);
}

#[test]
fn values_of_other_types() {
    let element = |bytes: &'static [u8]| read(&mut Cursor::new(bytes)).unwrap();
    assert_eq!(element(&[1, 1, 0xff]).boolean(), Some(true));
    assert_eq!(element(&[1, 1, 0]).boolean(), Some(false));
    assert_eq!(element(&[1, 2, 0, 0]).boolean(), None);
    assert_eq!(element(b"\x1a\x03A b").visible(), Some("A b"));
    assert_eq!(element(b"\x1a\x02A\n").visible(), None);
    assert_eq!(element(&[2, 5, 1, 0, 0, 0, 0]).unsigned32(), None);
    let bits = Bits::of(&[6, 0xc0]).unwrap();
    assert_eq!((bits.octets, bits.unused), (&[0xc0][..], 6));
    assert!(Bits::of(&[0]).unwrap().octets.is_empty());
    assert!(Bits::of(&[8, 0]).is_none() && Bits::of(&[1]).is_none() && Bits::of(&[]).is_none());
}

#[test]
fn elements_end_with_the_contents_and_after_an_error() {
    let bytes = [0x30, 6, 0x80, 1, 1, 0x81, 1, 2, 0x05, 0];
    let mut outer = Elements::new(Cursor::new(&bytes));
    let sequence = outer.next_element().unwrap().unwrap();
    let mut inner = outer.enter(&sequence).unwrap();
    assert_eq!(inner.next_element().unwrap().unwrap().unsigned(), Some(1));
    assert_eq!(inner.next_element().unwrap().unwrap().contents.offset(), 7);
    assert!(inner.next_element().unwrap().is_none());
    assert_eq!(
        outer.next_element().unwrap().unwrap().tag,
        Tag::universal(universal::NULL)
    );
    assert!(outer.next_element().unwrap().is_none());

    let mut broken = Elements::new(Cursor::new(&[0x80, 9, 1, 0x81, 0]));
    assert!(broken.next_element().is_err());
    assert!(broken.next_element().unwrap().is_none());
    assert_eq!(broken.remaining(), 0);
}

#[test]
fn nesting_is_bounded() {
    let levels = usize::from(limits::BER_NESTING) + 2;
    let mut bytes = Vec::new();
    for level in (0..levels).rev() {
        let inner = u8::try_from(2 * (levels - 1 - level)).unwrap();
        bytes.splice(0..0, [0x30, inner]);
    }
    let mut elements = Elements::new(Cursor::new(&bytes));
    let mut entered = 0;
    let refused = loop {
        let element = elements.next_element().unwrap().unwrap();
        match elements.enter(&element) {
            Ok(inner) => elements = inner,
            Err(error) => break error,
        }
        entered += 1;
    };
    assert_eq!(
        (entered, refused),
        (usize::from(limits::BER_NESTING), BerError::TooDeep)
    );
    assert_eq!(refused.anomaly(), Anomaly::LimitReached);
}

#[test]
fn short_primitive_elements_are_passed_up_to_the_first_other_one() {
    let passed = |octets: &[u8]| {
        let mut elements = Elements::new(Cursor::new(octets));
        (elements.pass_short(), elements.remaining())
    };
    assert_eq!(passed(&[]), (0, 0));
    assert_eq!(passed(&[0x83, 1, 1, 0x84, 0, 0x85, 2, 7, 8]), (3, 0));
    // Constructed, of a high number, with a long length, cut short.
    assert_eq!(passed(&[0x83, 1, 1, 0xa2, 2, 0x83, 0]), (1, 4));
    assert_eq!(passed(&[0x83, 1, 1, 0x9f, 0x20, 0]), (1, 3));
    assert_eq!(passed(&[0x83, 0x81, 1, 1]), (0, 4));
    assert_eq!(passed(&[0x83, 1, 1, 0x83, 3, 1, 2]), (1, 4));
}
