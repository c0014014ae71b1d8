package wechat

// ImageMessage is a picture. WeChat keeps it for three days.
type ImageMessage struct {
	Head
	// PicURL is public and short-lived; download by MediaID.
	PicURL  string
	MediaID string
}

// VoiceMessage is a recording. WeChat keeps it for three days.
type VoiceMessage struct {
	Head
	MediaID string
	// Format is amr or speex.
	Format string
	// Recognition is the recognised text; empty unless speech recognition is on.
	Recognition string
	// MediaID16K is the same recording at 16 kHz; may be empty.
	MediaID16K string
}

// VideoMessage is a video. WeChat keeps it for three days.
type VideoMessage struct {
	Head
	MediaID, ThumbMediaID string
	// Short marks MsgType shortvideo.
	Short bool
}

func parseImage(h Header, n *node) Message {
	return &ImageMessage{Head: h, PicURL: n.str("PicUrl"), MediaID: n.str("MediaId")}
}

func parseVoice(h Header, n *node) Message {
	return &VoiceMessage{
		Head: h, MediaID: n.str("MediaId"), Format: n.str("Format"),
		Recognition: n.str("Recognition"), MediaID16K: n.str("MediaId16K"),
	}
}

func parseVideo(h Header, n *node) Message {
	return &VideoMessage{
		Head: h, MediaID: n.str("MediaId"), ThumbMediaID: n.str("ThumbMediaId"), Short: h.MsgType == "shortvideo",
	}
}
