// Package text turns what agents write into what followers read: mark-up becomes lines and links that WeChat shows,
// and a long text becomes several messages. It decides by the text alone, in time that grows with its length and no
// faster.
package text
