// Package text turns what agents write into what followers read. Mark-up becomes lines and links that WeChat shows,
// and a long text becomes several messages. It looks only at the text, in time that grows linearly with its length.
package text
