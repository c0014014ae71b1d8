package text

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// tagKind is what a tag does to a text. Zero is a tag unknown to HTML, which is treated as text.
type tagKind int

const (
	tagInline tagKind = iota + 1 // nothing
	tagBlock                     // on lines of its own
	tagList
	tagItem
	tagCell
	tagBreak
	tagRule
	tagLink
	tagImage
	tagRaised  // raised above the line
	tagLowered // lowered below it
	tagHidden  // nothing to read
)

// tags are the HTML tags that agents' texts may contain.
var tags = byName(map[tagKind]string{
	tagBlock: "p div section article header footer h1 h2 h3 h4 h5 h6 blockquote pre table tr dl dt dd address form " +
		"fieldset figure center caption",
	tagList: "ul ol", tagItem: "li", tagCell: "td th", tagBreak: "br", tagRule: "hr", tagLink: "a", tagImage: "img",
	tagRaised: "sup", tagLowered: "sub",
	tagHidden: "script style head title template noscript iframe object svg select",
	tagInline: "html body meta link tbody thead tfoot col colgroup span b i u s strong em font small big code tt " +
		"strike del ins mark label q cite abbr",
})

// standsAlone are the tags that mark a text as mark-up even if unclosed and without attributes: HTML closes them by
// itself, and they are used for nothing else.
var standsAlone = atoms("p div ul ol li tr td th dt dd br hr")

// raw are the tags whose content contains no tags.
var raw = atoms("script style title iframe noscript")

// office are the name spaces of tags that office programs leave in pasted text.
var office = set("o v w m x st1 u1 u2")

// attributes are the known attributes of the tags above. Others are recognised by their form, see
// attribute.plausible.
var attributes = set("abbr accept action align alink alt axis background bgcolor border cellpadding cellspacing char " +
	"charset cite class clear color cols colspan content coords data datetime dir face for headers height " +
	"href hreflang hspace id itemid itemprop itemtype label lang language link loading longdesc media " +
	"method name nonce ping rel rev role rowspan rules scope sizes size slot span spellcheck src srcdoc " +
	"srcset start style summary tabindex target text title translate type usemap valign value version " +
	"vlink vspace width xmlns")

// flags are the attributes without a value.
var flags = set("async checked compact controls contenteditable declare defer disabled download hidden inert ismap " +
	"itemscope multiple noshade nowrap open readonly required reversed selected")

func byName(kinds map[tagKind]string) map[atom.Atom]tagKind {
	tags := map[atom.Atom]tagKind{}
	for kind, names := range kinds {
		for tag := range atoms(names) {
			tags[tag] = kind
		}
	}
	return tags
}

func atoms(names string) map[atom.Atom]bool {
	atoms := map[atom.Atom]bool{}
	for _, name := range strings.Fields(names) {
		atoms[atom.Lookup([]byte(name))] = true
	}
	return atoms
}

func set(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}
